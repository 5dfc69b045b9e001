package dev.comfyrouter.server.page;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// The tests of this class get a [House] and a [Visitor] of their own, each, as they ask for them.
///
/// Where no browser is installed they are skipped, unless `COMFY_TEST_BROWSER` is `required`. A test fails at its end
/// when the page has written an error to the console, broken its content security policy, or thrown something.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("browser")
@ExtendWith(BrowserExtension.class)
@interface InChromium {}
