package dev.proteus.core.method;

import java.io.Serializable;

/**
 * A published method: a record whose components are its hyper-parameters, with the paper's defaults
 * in its no-argument constructor. It holds no state: what changes while it runs is in the object
 * that it makes. Its kind is the sub-interface that it implements.
 */
public interface Method extends Serializable {}
