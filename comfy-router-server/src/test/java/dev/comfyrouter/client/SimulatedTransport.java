package dev.comfyrouter.client;

import java.net.URI;
import java.net.http.HttpClient;

/// Clients of servers that exist only in this process.
public final class SimulatedTransport {
    private SimulatedTransport() {}

    /// A client whose requests all go to `http`.
    public static ComfyClient client(URI baseUrl, HttpClient http) {
        return ComfyClient.builder(baseUrl).network(ComfyNetwork.over(http)).build();
    }
}
