package dev.proteus.core.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a comparison with the output of the paper's official implementation, stored as a fixture.
 * What stands at a method overrides what stands at its class.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Reference {
  /** The method's id in the catalogue. */
  String value();
}
