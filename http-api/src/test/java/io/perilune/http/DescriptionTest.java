package io.perilune.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.perilune.engine.Engine;
import io.perilune.engine.EngineOptions;
import io.perilune.http.access.Access;
import java.io.IOException;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** {@code openapi.yaml} names what there is, and nothing else; answers are held to it wherever tests ask for them. */
class DescriptionTest {
    private static String form(Route route) {
        return route.method() + " " + route.template().replace(Route.REST, "{}");
    }

    @Test
    void every_row_is_described_with_its_parameters_and_nothing_besides() {
        try (var engine = Engine.start(EngineOptions.DEFAULT, OneNode::new)) {
            var options = ApiOptions.loopback(0);
            var meters = new Meters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), engine);
            var rows = Routes.of(
                    engine,
                    options,
                    meters,
                    new EventStreams(new Access(engine, () -> 0), options.bounds()),
                    () -> false);

            var served = new TreeSet<String>();
            for (var row : rows) {
                served.add(form(row));
                if (row.parameters() == null) {
                    assertThat(Described.takesAnything(form(row))).as(form(row)).isTrue();
                } else {
                    assertThat(Described.parameters(form(row)))
                            .as(form(row))
                            .isEqualTo(new TreeSet<>(row.parameters()));
                }
            }
            assertThat(Described.operations()).isEqualTo(served);
        }
    }

    @Test
    void the_description_is_served() throws IOException {
        try (var api = new Fixture(ApiOptions.Bounds.DEFAULT)) {
            var answer = api.get("/openapi.yaml");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).containsEntry("content-type", "application/yaml");
            assertThat(answer.body()).startsWith("openapi: 3.0.3");
        }
    }
}
