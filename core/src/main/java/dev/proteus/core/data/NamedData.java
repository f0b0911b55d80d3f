package dev.proteus.core.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Data by what a user calls them: the name of bundled or fetched data, or a folder. */
public final class NamedData {
  public static final String DIGITS = "digits";

  /** The bundled subset. */
  public static final String FASHION = "fashion-mnist";

  /** All 70,000 images, where they are found. */
  public static final String FASHION_FULL = "fashion-mnist-full";

  public static final List<String> NAMES = List.of(DIGITS, FASHION, FASHION_FULL);

  private NamedData() {}

  /**
   * Opens data by name, or as {@link DataFolder#open(Path, ImageFolder.Size)} does.
   *
   * @param images what image files are turned into; null if there are none
   * @throws IOException saying what was looked for, if there are no such data
   */
  public static Splits open(String nameOrFolder, ImageFolder.Size images) throws IOException {
    return switch (nameOrFolder) {
      case DIGITS -> new Splits(Digits.train(), Digits.test());
      case FASHION -> new Splits(FashionMnist.train(), FashionMnist.test());
      case FASHION_FULL ->
          FashionMnist.full(
              FashionMnist.find()
                  .orElseThrow(
                      () ->
                          new IOException(
                              "the full Fashion-MNIST is not on this machine; fetch it with"
                                  + " 'proteus data fetch "
                                  + FASHION_FULL
                                  + "'")));
      default -> {
        try {
          yield DataFolder.open(Path.of(nameOrFolder), images);
        } catch (IOException e) {
          throw new IOException(
              e.getMessage() + " (data by name are " + String.join(", ", NAMES) + ")", e);
        }
      }
    };
  }
}
