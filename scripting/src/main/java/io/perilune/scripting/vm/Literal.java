package io.perilune.scripting.vm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.luaj.vm2.LuaString;

/** What a string in a source, or a name, says (Lua 5.2 manual, section 3.1). */
final class Literal {
    private static final String ESCAPES = "abfnrtv";
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000b";

    private final String text;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int at;

    private Literal(String text) {
        this.text = text;
    }

    /** @param token as {@link Lexer} found it, so that it is well-formed */
    static LuaString content(String token) {
        char first = token.charAt(0);
        if (first == '[') {
            int level = token.indexOf('[', 1) + 1;
            return bytes(withoutFirstBreak(token.substring(level, token.length() - level)));
        }
        if (first != '"' && first != '\'') {
            return bytes(token);
        }
        String inner = token.substring(1, token.length() - 1);
        return inner.indexOf('\\') < 0 ? bytes(inner) : new Literal(inner).unescaped();
    }

    /** A string in a message, with what its escapes stand for; a zero ends it, as in C. */
    static String shown(String token, boolean finished) {
        if (token.startsWith("[[") || token.startsWith("[=")) {
            int level = token.indexOf('[', 1) + 1;
            return token.substring(0, level) + withoutFirstBreak(token.substring(level));
        }
        if (token.indexOf('\\') < 0 || token.charAt(0) != '"' && token.charAt(0) != '\'') {
            return token;
        }
        String quote = token.substring(0, 1);
        String inner = token.substring(1, finished ? token.length() - 1 : token.length());
        byte[] content = new Literal(inner).unescaped().m_bytes;
        String said = quote + new String(content, StandardCharsets.ISO_8859_1) + (finished ? quote : "");
        String heard = said.indexOf('\0') < 0 ? said : said.substring(0, said.indexOf('\0'));
        return heard.chars().anyMatch(c -> c > 0x7f) ? token : heard;
    }

    /** Bytes as ISO 8859-1, in a message, as the text that they are if they are UTF-8. */
    static String readable(String latin1) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException other) {
            return latin1;
        }
    }

    private static String withoutFirstBreak(String content) {
        if (content.startsWith("\r\n") || content.startsWith("\n\r")) {
            return content.substring(2);
        }
        return content.startsWith("\n") || content.startsWith("\r") ? content.substring(1) : content;
    }

    private static LuaString bytes(String latin1) {
        return Strings.owned(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private LuaString unescaped() {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '\\') {
                out.write(c);
            } else {
                escape(text.charAt(at++));
            }
        }
        return Strings.owned(out.toByteArray());
    }

    private void escape(char c) {
        if (ESCAPES.indexOf(c) >= 0) {
            out.write(ESCAPED.charAt(ESCAPES.indexOf(c)));
        } else if (c == 'x') {
            out.write(Integer.parseInt(text.substring(at, at + 2), 16));
            at += 2;
        } else if (c == 'z') {
            while (at < text.length() && " \t\n\r\f\u000b".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        } else if (c >= '0' && c <= '9') {
            int value = c - '0';
            for (int i = 0; i < 2 && at < text.length() && Character.digit(text.charAt(at), 10) >= 0; i++) {
                value = value * 10 + text.charAt(at++) - '0';
            }
            out.write(value);
        } else {
            out.write(c == '\r' ? '\n' : c);
        }
    }
}
