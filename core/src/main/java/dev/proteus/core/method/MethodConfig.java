package dev.proteus.core.method;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Builds methods from text and says what they are made of: the one way in for the command line and
 * for config files.
 *
 * <pre>{@code
 * LoraPlus m = MethodConfig.build(LoraPlus.class, List.of("rank=8", "ratio=16"));
 * ObjectNode json = MethodConfig.describe(m);   // {"rank":8,"alpha":16.0,"ratio":16.0}
 * }</pre>
 *
 * <p>A method's record components are its hyper-parameters. What is not given keeps the value of
 * the record's constructor without arguments; its compact constructor refuses what is out of range.
 * Enum values are lower case with hyphens ({@code per-channel}), lists are JSON or have commas, a
 * record within a record is a JSON object; where any of an interface may stand, the object's {@code
 * type} says which ({@code inner=adam} or {@code inner={"type":"adam","lr":0.01}}). Whatever does
 * not fit is an {@link IllegalArgumentException} that names the parameter and lists all of them
 * with their defaults.
 */
public final class MethodConfig {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .annotationIntrospector(new HyphenatedEnums())
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private MethodConfig() {}

  /** The method with its paper's values. */
  public static <M extends Method> M defaults(Class<M> type) {
    return type.cast(newInstance(type, new Class<?>[0], new Object[0]));
  }

  /**
   * A method of the catalogue.
   *
   * @param kind what it must be, such as {@link OnlineAdapter}
   * @param name as {@link MethodTypes} has it
   * @param arguments each {@code key=value}
   */
  public static <K extends Method> K build(Class<K> kind, String name, List<String> arguments) {
    return build(MethodTypes.find(Catalogue.load(), kind, name), arguments);
  }

  /**
   * The method with some values changed.
   *
   * @param arguments each {@code key=value}
   */
  public static <M extends Method> M build(Class<M> type, List<String> arguments) {
    Map<String, RecordComponent> components = components(type);
    ObjectNode values = JSON.createObjectNode();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 1) {
        throw refused(type, "expected key=value, got '" + argument + "'");
      }
      String key = argument.substring(0, equals);
      RecordComponent component = known(type, components, key);
      JsonNode value =
          parse(JSON.constructType(component.getGenericType()), argument.substring(equals + 1));
      if (values.replace(key, value) != null) {
        throw refused(type, "'" + key + "' is given twice");
      }
    }
    return build(type, values);
  }

  /**
   * The method with some values changed.
   *
   * @param values such as {@code {"rank": 8}}; what {@link #describe} gives
   */
  public static <M extends Method> M build(Class<M> type, ObjectNode values) {
    return type.cast(buildRecord(type, values, defaults(type)));
  }

  private static Object buildRecord(Class<?> type, JsonNode values, Object defaults) {
    Map<String, RecordComponent> components = components(type);
    values.fieldNames().forEachRemaining(key -> known(type, components, key));
    Class<?>[] types = new Class<?>[components.size()];
    Object[] arguments = new Object[components.size()];
    int i = 0;
    for (RecordComponent c : components.values()) {
      JsonNode value = values.get(c.getName());
      types[i] = c.getType();
      arguments[i++] = value == null ? get(c, defaults) : convert(type, c, value, get(c, defaults));
    }
    return newInstance(type, types, arguments);
  }

  /** The hyper-parameters by name, in the record's order; {@link #build} turns them back. */
  public static ObjectNode describe(Method method) {
    return describeRecord(method);
  }

  private static ObjectNode describeRecord(Object o) {
    ObjectNode values = JSON.createObjectNode();
    components(o.getClass())
        .forEach(
            (name, c) -> {
              Object v = get(c, o);
              values.set(name, v instanceof Record ? describe(c, v) : JSON.valueToTree(v));
            });
    return values;
  }

  private static ObjectNode describe(RecordComponent c, Object record) {
    ObjectNode values = JSON.createObjectNode();
    if (c.getType().isInterface()) {
      values.put(Variants.TYPE, Variants.name(record.getClass()));
    }
    return values.setAll(describeRecord(record));
  }

  // ---- values ----

  /** What a word of the command line means where a {@code type} is wanted. */
  private static JsonNode parse(JavaType type, String text) {
    if (type.isContainerType() && !text.startsWith("[") && !text.startsWith("{")) {
      ArrayNode list = JSON.createArrayNode();
      if (!text.isEmpty()) {
        Arrays.stream(text.split(",", -1))
            .forEach(word -> list.add(parse(type.getContentType(), word.strip())));
      }
      return list;
    }
    if (type.getRawClass() == String.class || type.isEnumType() || text.isBlank()) {
      return TextNode.valueOf(text);
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  private static Object convert(
      Class<?> type, RecordComponent c, JsonNode value, Object otherwise) {
    if (value.isNull() && otherwise != null) {
      throw refused(type, c.getName() + " must be " + expected(c.getType()) + ", but is null");
    }
    if (c.getType().isInterface() && otherwise instanceof Record) {
      return variant(type, c, value, otherwise);
    }
    if (c.getType().isRecord() && value.isObject()) {
      return nested(c.getType(), value, otherwise);
    }
    try {
      return JSON.treeToValue(value, JSON.constructType(c.getGenericType()));
    } catch (JsonProcessingException e) {
      throw refused(
          type, c.getName() + " must be " + expected(c.getType()) + ", but is " + value, e);
    }
  }

  /** A record where any of an interface may stand; without a type it is the paper's. */
  private static Object variant(Class<?> type, RecordComponent c, JsonNode value, Object papers) {
    JsonNode name = value.isTextual() ? value : value.path(Variants.TYPE);
    Class<?> variant =
        value.isObject() && name.isMissingNode()
            ? papers.getClass()
            : Variants.find(name.asText(), c.getType(), type, papers);
    if (variant == null) {
      throw refused(
          type,
          c.getName()
              + " must be the name of a record that is a "
              + c.getType().getSimpleName()
              + ", such as "
              + Variants.name(papers.getClass())
              + ", or an object with that as its type, but is "
              + value);
    }
    ObjectNode values = JSON.createObjectNode();
    value.properties().forEach(p -> values.set(p.getKey(), p.getValue()));
    values.remove(Variants.TYPE);
    return nested(variant, values, papers);
  }

  /** What is not given is as in the method's defaults, if those have such a record there. */
  private static Object nested(Class<?> record, JsonNode values, Object papers) {
    return buildRecord(
        record,
        values,
        record.isInstance(papers) ? papers : newInstance(record, new Class<?>[0], new Object[0]));
  }

  private static String expected(Class<?> type) {
    if (type.isEnum()) {
      return "one of "
          + StreamSupport.stream(
                  JSON.valueToTree(type.getEnumConstants()).spliterator(), /* parallel= */ false)
              .map(JsonNode::asText)
              .collect(Collectors.joining(", "));
    }
    return switch (type.getSimpleName()) {
      case "int", "long", "Integer", "Long" -> "a whole number";
      case "double", "float", "Double", "Float" -> "a number";
      case "boolean", "Boolean" -> "true or false";
      case "List", "Set" -> "a list";
      default -> "a " + type.getSimpleName();
    };
  }

  // ---- records ----

  private static Map<String, RecordComponent> components(Class<?> type) {
    if (!type.isRecord()) {
      throw new IllegalArgumentException(
          type.getName() + " is no record: it has no hyper-parameters");
    }
    Map<String, RecordComponent> components = new LinkedHashMap<>();
    for (RecordComponent c : type.getRecordComponents()) {
      components.put(c.getName(), c);
    }
    return components;
  }

  private static RecordComponent known(
      Class<?> type, Map<String, RecordComponent> components, String key) {
    RecordComponent c = components.get(key);
    if (c == null) {
      throw refused(type, "no parameter '" + key + "'");
    }
    return c;
  }

  private static Object get(RecordComponent c, Object record) {
    try {
      c.getAccessor().setAccessible(true);
      return c.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + c, e);
    }
  }

  private static Object newInstance(Class<?> type, Class<?>[] types, Object[] arguments) {
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException bad && arguments.length > 0) {
        throw refused(type, bad.getMessage(), bad);
      }
      throw new IllegalStateException("cannot make a " + type.getName(), e.getCause());
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(
          type.getName() + " needs a constructor without arguments: its paper's values", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    }
  }

  private static IllegalArgumentException refused(Class<?> type, String why) {
    return refused(type, why, null);
  }

  private static IllegalArgumentException refused(Class<?> type, String why, Throwable cause) {
    Object defaults = newInstance(type, new Class<?>[0], new Object[0]);
    String known =
        describeRecord(defaults).properties().stream()
            .map(
                p ->
                    p.getKey()
                        + "="
                        + (p.getValue().isTextual() ? p.getValue().asText() : p.getValue()))
            .collect(Collectors.joining(" "));
    Paper paper = type.getAnnotation(Paper.class);
    return new IllegalArgumentException(
        (paper == null ? type.getSimpleName() : paper.id())
            + ": "
            + why
            + (known.isEmpty() ? "; it has no parameters" : "; its parameters are " + known),
        cause);
  }

  /** {@code PER_CHANNEL} is written {@code per-channel}. */
  private static final class HyphenatedEnums extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public String[] findEnumValues(
        MapperConfig<?> config, AnnotatedClass type, Enum<?>[] values, String[] names) {
      super.findEnumValues(config, type, values, names);
      for (int i = 0; i < names.length; i++) {
        if (names[i] == null) {
          names[i] = values[i].name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
      }
      return names;
    }
  }
}
