package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;

/// Hears of each given-up prompt that is certainly not on its node any more.
public interface Gone {
    void gone(PromptId promptId) throws InterruptedException;
}
