/// What is asked of the router and how far it is. May use the libraries' `Workflow` and `PromptId`; knows no other
/// package of the server.
@NullMarked
package dev.comfyrouter.server.task;

import org.jspecify.annotations.NullMarked;
