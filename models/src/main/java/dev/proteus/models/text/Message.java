package dev.proteus.models.text;

/**
 * What one side of a conversation said.
 *
 * @param role who: {@code system}, {@code user} or {@code assistant}
 * @param content what
 */
public record Message(String role, String content) {}
