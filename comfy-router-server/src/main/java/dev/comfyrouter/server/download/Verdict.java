package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.DownloadException;
import dev.comfyrouter.cache.LinkException;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import java.time.Duration;
import java.util.Optional;

/// What becomes of a task one of whose files could not be had: one `switch` over the reasons.
sealed interface Verdict {
    /// It is tried again, not before so long; the sentence says why.
    record Again(Optional<Duration> notBefore, String why) implements Verdict {}

    /// A limit has passed; the sentence says what was missing.
    record TooLate(String missing) implements Verdict {}

    /// The task fails.
    record Failed(Failure failure) implements Verdict {}

    /// Nothing: the router stops, and the next one goes on.
    record Left() implements Verdict {}

    static Verdict of(DownloadException failed) {
        return of(
                failed.reason(),
                String.valueOf(failed.getMessage()),
                failed instanceof DownloadException.AuthRequired wanted ? wanted.host() : "",
                failed instanceof DownloadException.Unreachable later ? later.retryAfter() : Optional.empty());
    }

    /// The verdict on a reason.
    ///
    /// @param what the sentence that the cache has for it, with the URL
    /// @param host that wants credentials
    /// @param notBefore when the server wants to be asked again
    static Verdict of(DownloadException.Reason reason, String what, String host, Optional<Duration> notBefore) {
        return switch (reason) {
            case BAD_URL, BAD_REDIRECT -> input(what, "correct the URL");
            case PRIVATE_ADDRESS -> input(what, "the operator may allow it: COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE");
            case AUTH_REQUIRED -> input(what, "the operator sets it: " + variable(host));
            case NOT_FOUND -> input(what, "correct the URL");
            case REFUSED_BY_SERVER -> input(what, "ask the server's owner, or use another URL");
            case SIZE_MISMATCH -> input(what, "the file on the server is incomplete or has changed");
            case HASH_MISMATCH -> input(what, "correct the sha256, or use a URL that gives this very file");
            case HTML_INSTEAD_OF_FILE -> input(what, "use the URL of the file itself, not of a page that shows it");
            case LFS_POINTER -> input(what, "use the URL of the file itself; on Hugging Face it has /resolve/ in it");
            case TRUNCATED_SAFETENSORS -> input(what, "the file on the server is incomplete");
            case EMPTY -> input(what, "the file on the server is empty");
            case WRONG_KIND -> input(what, "use a URL of the kind of file that is asked for");
            case NO_EXTENSION -> input(what, "use a URL that ends in the name of the file, such as .safetensors");
            case UNSAFE_PICKLE -> input(what, "use a .safetensors file; COMFY_ROUTER__DOWNLOAD__PICKLE=refuse is set");
            case UNKNOWN_ENCODING -> input(what, "use a server that sends the file as it is");
            case TOO_LARGE -> input(what, "the limit is COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES");
            case CANCELLED -> input(what, "retry the task to fetch it again");
            case UNREACHABLE -> new Again(notBefore, what);
            case DISK_FULL ->
                new Again(
                        Optional.empty(),
                        what + "; the operator makes room on the disk of COMFY_ROUTER__DOWNLOAD__CACHE_DIR");
            case READ_ONLY ->
                new Again(
                        Optional.empty(),
                        what + "; the operator makes COMFY_ROUTER__DOWNLOAD__CACHE_DIR writable for the router");
            case INTERNAL -> new Again(Optional.empty(), what);
            case NO_SPACE, DEADLINE -> new TooLate(what);
            case CLOSED -> new Left();
        };
    }

    static Verdict of(LinkException failed) {
        return switch (failed.reason()) {
            case UNWRITABLE -> new Again(Optional.empty(), String.valueOf(failed.getMessage()));
            case NAME_TAKEN, BAD_NAME, OUTSIDE ->
                input("a file cannot be linked for the nodes: " + failed.getMessage(), "the operator must look at it");
        };
    }

    static Failed input(String what, String toDo) {
        return new Failed(Failure.of(FailureClass.INPUT, what + "; " + toDo));
    }

    private static String variable(String host) {
        return switch (host) {
            case "huggingface.co", "hf.co" -> "COMFY_ROUTER__DOWNLOAD__HF_TOKEN";
            case "civitai.com" -> "COMFY_ROUTER__DOWNLOAD__CIVITAI_TOKEN";
            default -> "COMFY_ROUTER__DOWNLOAD__TOKENS_FILE";
        };
    }
}
