package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;

class ComfyNetworkTest {
    @Test
    void clientsOfOneNetworkGoOnWhenOneOfThemIsClosedAndEndWithIt() throws Exception {
        try (var first = FakeComfyServer.builder().start();
                var second = FakeComfyServer.builder().start();
                var network = ComfyNetwork.open()) {
            ComfyClient one = ComfyClient.builder(first.url()).network(network).build();
            ComfyClient other =
                    ComfyClient.builder(second.url()).network(network).build();
            assertThat(one.queueRemaining()).isZero();

            one.close();

            assertThat(other.queueRemaining()).isZero();
            UploadedImage image = other.uploadImage("a.png", new ByteArrayInputStream(new byte[] {1, 2}), "", true);
            assertThat(image.name()).isEqualTo("a.png");

            network.close();

            assertThatThrownBy(other::queueRemaining).isInstanceOf(ComfyException.Unreachable.class);
            other.close();
        }
    }
}
