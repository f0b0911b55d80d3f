package dev.proteus.lab.run;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.LongStream;

/** SHA-256 over all samples of a dataset in their order: types, shapes and values. */
public final class Checksum {
  private static final int CHUNK = 1024;

  private Checksum() {}

  public static String of(Dataset data) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
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

  private static void update(MessageDigest digest, Tensor t) {
    String kind = t.dtype() + Arrays.toString(t.shape());
    digest.update(kind.getBytes(StandardCharsets.UTF_8));
    digest.update(t.toBytes());
  }
}
