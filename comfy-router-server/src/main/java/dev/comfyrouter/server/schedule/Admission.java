package dev.comfyrouter.server.schedule;

/// The entrance of tasks that want a node.
interface Admission {
    void admit(WaitingTask task) throws InterruptedException;
}
