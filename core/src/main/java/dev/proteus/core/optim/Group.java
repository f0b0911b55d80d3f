package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parameters that share an optimizer's settings.
 *
 * @param parameters by path
 * @param rule the formula with this group's hyper-parameters
 * @param lrFactor multiplies the rule's learning rate
 */
public record Group(Map<String, Parameter> parameters, Optimizer rule, double lrFactor) {
  public Group {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    Require.notNegative("lrFactor", lrFactor);
  }
}
