package io.perilune.scripting.lib;

import static io.perilune.scripting.lib.LuaRun.shown;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The libraries that Lua 5.2 does not have. */
class ModernLibrariesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "json.encode{b = 1, a = {true, false, json.null}, c = 'x\"\\\\\\n\\1'}; {\"a\":[true,false,null],\"b\":1,\"c\":\"x\\\"\\\\\\n\\u0001\"}",
                "json.encode{}; {}",
                "json.encode(json.array()); []",
                "json.encode(json.array{}); []",
                "json.encode(json.decode('[]')); []",
                "json.encode(json.decode('{\"a\":[],\"b\":{},\"c\":null}')); {\"a\":[],\"b\":{},\"c\":null}",
                "json.encode{1, 2.5, 1e21, 0.1, 2^53, 1e-7}; [1,2.5,1e+21,0.1,9007199254740992,1e-7]",
                "json.encode('\\xff'); {\"$base64\":\"/w==\"}",
                "json.decode('{\"$base64\":\"/w==\"}'):byte(); 255",
                "json.decode('\"\\\\u00e9\\\\ud83d\\\\ude00\\\\n\"'); \u00c3\u00a9\u00f0\u009f\u0098\u0080",
                "json.decode(' [1, -2.5e1 ,true] ')[2]; -25",
                "json.decode('null') == json.null; true",
                "tostring(json.null):match('^%a+'); userdata",
                "type(json.null); userdata",
            })
    void json_goes_both_ways(String expression, String expected) {
        assertThat(shown(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "json.decode(''); test:1: bad JSON: text ends where a value should be at byte 1",
                "json.decode('[1,]'); test:1: bad JSON: no value at byte 4",
                "json.decode('{\"a\" 1}'); test:1: bad JSON: no ':' at byte 6",
                "json.decode('[1] x'); test:1: bad JSON: more text than one value at byte 5",
                "json.decode('01'); test:1: bad JSON: more text than one value at byte 2",
                "json.decode('-'); test:1: bad JSON: no digit at byte 2",
                "json.decode('9007199254740993'); test:1: bad JSON: an integer beyond 2^53 at byte 1",
                "json.decode('1e999'); test:1: bad JSON: a number too large at byte 1",
                "json.decode('\"a\\nb\"'); test:1: bad JSON: a control character in a string at byte 3",
                "json.decode('\"\\\\x\"'); test:1: bad JSON: an unknown escape at byte 3",
                "json.decode('\"\\\\ud800\"'); test:1: bad JSON: half of a surrogate pair at byte 8",
                "json.decode('\"\\xff\"'); test:1: bad JSON: not UTF-8 at byte 2",
                "json.decode('nul'); test:1: bad JSON: no value at byte 1",
                "json.decode(('['):rep(101)); test:1: bad JSON: nested deeper than 100 at byte 101",
                "json.encode{x = {print}}; test:1: value.x[1]: a function cannot be written as JSON",
                "json.encode(0/0); test:1: value: nan cannot be written as JSON",
                "json.encode{['$base64'] = 1}; test:1: a table whose only key is $base64 cannot be written as JSON: it would be read as bytes",
                "json.encode(); test:1: bad argument #1 to 'encode' (value expected)",
            })
    void bad_json_is_named_with_its_place(String expression, String message) {
        assertThat(shown(expression)).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "crypto.sha256(''); e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "crypto.sha256('abc'); ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "crypto.hmac_sha256('Jefe', 'what do ya want for nothing?'); 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "crypto.hmac_sha256(('\\xaa'):rep(131), 'Test Using Larger Than Block-Size Key - Hash Key First'); 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                "crypto.crc32('123456789'); 3421780262",
                "base64.encode(''), base64.encode('f'), base64.encode('fo'), base64.encode('foo'), base64.encode('foobar'); Zg== Zm8= Zm9v Zm9vYmFy",
                "base64.decode('Zm9vYmFy'), base64.decode('Zg=='), base64.decode('Zm8='), #base64.decode(''); foobar f fo 0",
                "pcall(base64.decode, 'Zm9'), select(2, pcall(base64.decode, 'Zh==')); false bad argument #1 to 'base64.decode' (not base64)",
            })
    void digests_and_encodings_are_those_of_their_standards(String expression, String expected) {
        assertThat(shown(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "utf8.char(72, 228, 8364, 128512) == 'H\\xc3\\xa4\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80'; true",
                "utf8.codepoint('H\\xc3\\xa4\\xe2\\x82\\xac', 1, -1); 72 228 8364",
                "utf8.len('H\\xc3\\xa4\\xe2\\x82\\xac'), utf8.len(''); 3 0",
                "utf8.len('ab\\xffc'); nil 3",
                "utf8.len('\\xc3\\xa4b', 3), utf8.len('abc', 4), utf8.len('abc', -1); 1 0 1",
                "utf8.offset('a\\xc3\\xa4b', 3), utf8.offset('a\\xc3\\xa4b', -1), utf8.offset('a\\xc3\\xa4b', 0, 3), utf8.offset('abc', 5); 4 4 2 nil",
                "utf8.offset('abc', 4), utf8.offset('abc', 1), utf8.offset('abc', -3), utf8.offset('abc', -4); 4 1 1 nil",
                "#utf8.charpattern, ('\\xe2\\x82\\xacx'):match(utf8.charpattern) == '\\xe2\\x82\\xac'; 14 true",
                "select(2, pcall(utf8.offset, '\\xc3\\xa4', 1, 2)); initial position is a continuation byte",
                "select(2, pcall(utf8.len, 'abc', 5)); bad argument #2 to 'utf8.len' (initial position out of string)",
                "select(2, pcall(utf8.codepoint, '\\xff')); invalid UTF-8 code",
                "select(2, pcall(utf8.codepoint, '\\xc0\\x80')); invalid UTF-8 code",
                "select(2, pcall(utf8.char, -1)); bad argument #1 to 'utf8.char' (value out of range)",
                "#utf8.char(0x7FFFFFFF); 6",
            })
    void utf8_is_that_of_lua_5_3(String expression, String expected) {
        assertThat(shown(expression)).isEqualTo(expected);
    }

    @Test
    void utf8_codes_walks_characters_and_stops_at_a_malformed_one() {
        assertThat(LuaRun.printed(
                        "for p, c in utf8.codes('a\\xc3\\xa4\\xe2\\x82\\xac') do print(p, c) end"
                                + " print(pcall(function() for p, c in utf8.codes('a\\xc3') do print(p, c) end end))",
                        "=test"))
                .isEqualTo("1\t97\n2\t228\n4\t8364\n1\t97\nfalse\ttest:1: invalid UTF-8 code\n");
    }

    @Test
    void chance_comes_from_the_seed_alone() {
        var first = new SeededRandom(1);
        var again = new SeededRandom(1);
        assertThat(first.nextLong()).isEqualTo(again.nextLong()).isEqualTo(-5_480_124_913_605_472_059L);
        assertThat(first.uuid())
                .isEqualTo(again.uuid())
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(first.nextDouble()).isEqualTo(again.nextDouble()).isBetween(0.0, 1.0);
        assertThat(new SeededRandom(2).nextLong()).isNotEqualTo(new SeededRandom(1).nextLong());
    }

    @Test
    void the_generator_is_the_published_one() {
        var random = new SeededRandom(1, 2, 3, 4);
        assertThat(new long[] {random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()})
                .containsExactly(11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240L);
    }

    @Test
    void time_is_that_of_the_call() {
        assertThat(shown("os.time(), os.clock(), os.date('!%F %T'), os.date('*t').year"))
                .isEqualTo("1795307714 0 2026-11-22 00:35:14 2026");
    }
}
