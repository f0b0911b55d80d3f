package dev.proteus.lab.run;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Texts;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;

/** What data were, in a few letters. */
public final class Checksum {
  private static final int CHUNK = 1024;

  private Checksum() {}

  /** SHA-256 over all samples of a dataset in their order: types, shapes and values. */
  public static String of(Dataset data) {
    MessageDigest digest = sha256();
    for (int from = 0; from < data.size(); from += CHUNK) {
      try (Scope s = Scope.open()) {
        Batch batch =
            data.get(LongStream.range(from, Math.min(data.size(), from + CHUNK)).toArray());
        update(digest, batch.input());
        if (batch.target() != null) {
          update(digest, batch.target());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** SHA-256 over labelled texts: texts, second texts and targets. */
  public static String of(Texts texts) {
    MessageDigest digest = sha256();
    for (List<String> column : Arrays.asList(texts.texts(), texts.pairs())) {
      if (column != null) {
        for (String text : column) {
          digest.update(text.getBytes(StandardCharsets.UTF_8));
          digest.update((byte) 0);
        }
      }
    }
    if (texts.target() != null) {
      update(digest, texts.target());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void update(MessageDigest digest, Tensor t) {
    String kind = t.dtype() + Arrays.toString(t.shape());
    digest.update(kind.getBytes(StandardCharsets.UTF_8));
    digest.update(t.toBytes());
  }
}
