package io.perilune.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The console as a browser gets it. */
class ConsoleTest {
    private static final Pattern USED = Pattern.compile("\\$\\('([a-z-]+)'\\)|body\\('([a-z-]+)'\\)");

    private Fixture api;

    @BeforeEach
    void start() throws IOException {
        api = new Fixture(ApiOptions.Bounds.DEFAULT);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Fixture.Response page() throws IOException {
        return api.send("GET", "/", "", new byte[0], "Accept: text/html,application/xhtml+xml");
    }

    @Test
    void a_browser_gets_the_console_and_everybody_else_a_list() throws IOException {
        assertThat(page().headers().get("content-type")).startsWith("text/html");
        assertThat(page().body()).contains("<title>Perilune</title>");
        assertThat(api.get("/").json().path("endpoints").size()).isGreaterThan(30);
    }

    @Test
    void nothing_of_it_comes_from_elsewhere_or_can_be_slipped_in() throws IOException {
        var policy = page().headers().get("content-security-policy");
        assertThat(policy)
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "http", "*");
        assertThat(page().headers()).containsEntry("x-content-type-options", "nosniff");
        for (var path : new String[] {"/console/console.js", "/console/console.css"}) {
            var file = api.get(path);
            assertThat(file.status()).isEqualTo(200);
            assertThat(file.body())
                    .doesNotContain("http://", "https://", "innerHTML", "eval(", "document.write", "@import");
        }
        assertThat(page().body()).doesNotContain("http://", "https://", "<style", " onclick", " style=");
    }

    @Test
    void what_the_code_works_on_is_on_the_page() throws IOException {
        var html = page().body();
        var used = USED.matcher(api.get("/console/console.js").body());
        var count = 0;
        while (used.find()) {
            assertThat(html).contains("id=\"" + (used.group(1) == null ? used.group(2) : used.group(1)) + "\"");
            count++;
        }
        assertThat(count).isGreaterThan(20);
    }
}
