package dev.comfyrouter.testkit;

/// What can go wrong with one HTTP request.
public enum HttpFault {
    /// The request is read and nothing is ever answered; the connection stays open. Nothing is done.
    NEVER_ANSWER,
    /// Status 500. Nothing is done.
    FAIL,
    /// Status 500, although the request is carried out: a prompt is queued and runs.
    FAIL_BUT_DO,
    /// The connection is cut. Nothing is done.
    CUT,
    /// The request is carried out, then the connection is cut without an answer.
    LOSE_ANSWER,
    /// The answer's body comes in 1 KiB pieces, 20 ms apart.
    SLOW_BODY,
    /// The connection is cut after half of the body.
    CUT_BODY,
    /// Half of the body comes, then nothing more, and the connection stays open.
    STALL_BODY
}
