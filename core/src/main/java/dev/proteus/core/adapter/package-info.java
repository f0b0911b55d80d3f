/**
 * Adapters of frozen networks: their whole life, once for all methods. {@link
 * dev.proteus.core.adapter.LayerAdapter} says what a method has to give.
 */
package dev.proteus.core.adapter;
