package dev.proteus.core.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a check of an identity of the paper's maths, such as a closed form, an invariance or a
 * limit. What stands at a method overrides what stands at its class.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Exact {
  /** The method's id in the catalogue. */
  String value();
}
