package dev.proteus.cli;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.ImageFolder;
import dev.proteus.core.data.NamedData;
import dev.proteus.core.data.Splits;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of every command that reads labelled data. */
final class DataOptions {
  private static final int IMAGE_DIMS = 3;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      defaultValue = NamedData.FASHION,
      description =
          "A folder of labelled data, or a name of 'data list' (default: ${DEFAULT-VALUE}).")
  String name;

  @Option(
      names = "--image-size",
      split = ",",
      paramLabel = "SIZE",
      description = "Channels, height and width that image files are brought to, as 3,32,32.")
  private List<Integer> imageSize;

  /** Training and test part; either may be null. */
  Splits open(Output output) throws IOException {
    return open(name, output);
  }

  private Splits open(String data, Output output) throws IOException {
    return NamedData.open(data, output.asked(this::size));
  }

  /** The test part where there is one, else all. */
  Dataset test(Output output) throws IOException {
    return test(name, output);
  }

  /** The same of other data; their image files are brought to the same size. */
  Dataset test(String data, Output output) throws IOException {
    Splits splits = open(data, output);
    return splits.test() == null ? splits.train() : splits.test();
  }

  private ImageFolder.Size size() {
    if (imageSize == null) {
      return null;
    }
    if (imageSize.size() != IMAGE_DIMS) {
      throw new IllegalArgumentException(
          "--image-size is channels,height,width, but is " + imageSize);
    }
    return new ImageFolder.Size(imageSize.get(0), imageSize.get(1), imageSize.get(2));
  }
}
