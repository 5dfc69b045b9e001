package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UrlIdentityTest {

    private static UrlIdentity of(String url) {
        return UrlIdentity.of(URI.create(url), List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS://Example.COM:443/a, https://example.com/a",
        "https://user:pw@example.com/a#frag, https://example.com/a",
        "https://example.com., https://example.com/",
        "https://example.com/a/./b/../c, https://example.com/a/c",
        "https://example.com/../../x, https://example.com/x",
        "https://example.com/%e4%2f, https://example.com/%E4%2F",
        "https://bücher.example/x, https://xn--bcher-kva.example/x",
        "http://[::1]:80/x, http://[::1]/x",
        "https://h/m?token=1, https://h/m?token=1",
        "https://civitai.com/m?token=1&type=Model, https://civitai.com/m?type=Model",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=2&x-id=GetObject&versionId=3, https://b.s3.amazonaws.com/k?versionId=3",
        "https://b/k?AWSAccessKeyId=1&Signature=2&Expires=3, https://b/k",
        "https://cdn/k?Policy=1&Signature=2&Key-Pair-Id=3&Expires=4&v=5, https://cdn/k?v=5",
        "https://s/k?X-Goog-Signature=1&X-Goog-Date=2&generation=3, https://s/k?generation=3",
        "https://s/k?sv=1&se=2&sr=b&sig=3&v=4, https://s/k?v=4",
        "https://s/k?Expires=4, https://s/k?Expires=4",
        "https://s/k?sig=4, https://s/k?sig=4",
    })
    void aUrlIsReducedToWhatTellsFilesApart(String url, String canonical) {
        assertThat(of(url).canonical()).isEqualTo(canonical);
    }

    @Test
    void theOrderOfParametersDoesNotMatterForTheKey() {
        assertThat(of("https://h/x?a=1&b=2").key())
                .isEqualTo(of("https://h/x?b=2&a=1").key());
        assertThat(of("https://h/x?v=1").key())
                .isNotEqualTo(of("https://h/x?v=2").key());
        assertThat(of("https://h/dl?id=1").key())
                .isNotEqualTo(of("https://h/dl").key());
    }

    @Test
    void secretParametersCanBeNamed() {
        var secret = List.of(Pattern.compile("api_key|access.*"));
        var one = UrlIdentity.of(URI.create("https://h/x?api_key=1&accessToken=2&v=3"), secret);
        assertThat(one.canonical()).isEqualTo("https://h/x?v=3");
    }

    private static final List<List<String>> FAMILIES = List.of(
            List.of("X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Credential", "x-id"),
            List.of("Signature", "AWSAccessKeyId", "Expires"),
            List.of("Signature", "Key-Pair-Id", "Policy", "Expires"),
            List.of("X-Goog-Signature", "X-Goog-Date", "X-Goog-Algorithm"),
            List.of("Signature", "GoogleAccessId", "Expires"),
            List.of("sig", "sv", "se", "sp", "sr", "skoid"));
    private static final List<String> KEPT =
            List.of("v", "version", "versionId", "generation", "rev", "download", "fp");

    private static String url(Random random, List<String> family, List<String> kept) {
        var parameters = new ArrayList<>(kept);
        family.forEach(name -> parameters.add(name + "=" + Long.toHexString(random.nextLong())));
        Collections.shuffle(parameters, random);
        return "https://host.example/path/file.bin?" + String.join("&", parameters);
    }

    @Test
    void signingAgainNeverChangesTheKeyAndAKeptParameterAlwaysDoes() {
        var random = new Random(1);
        for (var round = 0; round < 2000; round++) {
            var family = FAMILIES.get(random.nextInt(FAMILIES.size()));
            var kept = KEPT.stream()
                    .filter(name -> random.nextBoolean())
                    .map(name -> name + "=" + random.nextInt(1000))
                    .toList();
            var one = of(url(random, family, kept));
            assertThat(of(url(random, family, kept)).key()).isEqualTo(one.key());
            assertThat(of(one.canonical()).canonical()).isEqualTo(one.canonical());
            assertThat(one.display()).doesNotContain("?");
            if (!kept.isEmpty()) {
                var changed = new ArrayList<>(kept);
                changed.set(random.nextInt(changed.size()), "v=other" + round);
                assertThat(of(url(random, family, changed)).key()).isNotEqualTo(one.key());
            }
        }
    }
}
