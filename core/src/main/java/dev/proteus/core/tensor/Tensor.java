package dev.proteus.core.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * An n-dimensional array on a device, with PyTorch's names and meaning. Operations make a new
 * tensor (views where PyTorch makes views); names that end in an underscore change this one.
 *
 * <p>Scalars are doubles; a whole number keeps an integer tensor an integer tensor. Dimensions
 * count from the end when negative. Neural operators (convolutions, losses, …) are in {@link F}.
 *
 * <p>A refused operation throws a {@link TensorException} that names it and the shapes. A tensor
 * whose {@link Scope} has closed throws {@link IllegalStateException}.
 */
public final class Tensor implements AutoCloseable {
  static {
    // Before any native constant below: the engine switches JavaCPP's memory checks off, and that
    // is read once.
    Engine.load();
  }

  private final org.bytedeco.pytorch.Tensor handle;

  Tensor(org.bytedeco.pytorch.Tensor handle) {
    this.handle = handle;
    if (Scope.current() == null) {
      Engine.countUnscoped(handle);
    }
  }

  /** Copies a wrapper that does not own its tensor (vector elements, tuple elements, grad). */
  static Tensor own(org.bytedeco.pytorch.Tensor borrowed) {
    return new Tensor(new org.bytedeco.pytorch.Tensor(borrowed));
  }

  /** The binding's tensor, for what this class lacks; the caller keeps to the scope's rules. */
  public org.bytedeco.pytorch.Tensor handle() {
    return h();
  }

  org.bytedeco.pytorch.Tensor h() {
    if (handle.isNull()) {
      throw new IllegalStateException(
          "this tensor was used after its scope closed; hand it on with scope.keep(tensor)");
    }
    return handle;
  }

  boolean isOpen() {
    return !handle.isNull();
  }

  /** Frees the tensor now, whatever scope owns it. */
  @Override
  public void close() {
    handle.deallocate();
  }

  /** Lets the tensor outlive every scope; it is freed when nothing refers to it. */
  public Tensor retain() {
    h().retainReference();
    if (Scope.current() != null) {
      Engine.countUnscoped(handle);
    }
    return this;
  }

  // ---- making tensors ----

  static TensorOptions options(DType type, Device device) {
    Engine.load();
    return new TensorOptions(type.scalarType()).device(new DeviceOptional(device.handle()));
  }

  /** Without values yet: whatever is in memory; inside {@link Meta} not even memory. */
  public static Tensor empty(DType type, long... shape) {
    return empty(type, Meta.deviceFor(shape), shape);
  }

  private static Tensor empty(DType type, Device device, long... shape) {
    return make("empty", shape, () -> torch.empty(shape, options(type, device), NO_FORMAT));
  }

  public static Tensor zeros(long... shape) {
    return zeros(DType.FLOAT32, shape);
  }

  public static Tensor zeros(DType type, long... shape) {
    return make("zeros", shape, () -> torch.zeros(shape, options(type, Device.CPU)));
  }

  public static Tensor ones(long... shape) {
    return full(1, shape);
  }

  public static Tensor full(double value, long... shape) {
    return full(DType.FLOAT32, value, shape);
  }

  public static Tensor full(DType type, double value, long... shape) {
    return make(
        "full", shape, () -> torch.full(shape, new Scalar(value), options(type, Device.CPU)));
  }

  /** A 0-dimensional float32. */
  public static Tensor scalar(double value) {
    return full(DType.FLOAT32, value);
  }

  /** 0 .. n-1, int64. */
  public static Tensor arange(long n) {
    return make(
        "arange",
        new long[] {n},
        () -> torch.arange(new Scalar(n), options(DType.INT64, Device.CPU)));
  }

  /** {@code steps} values from {@code from} to {@code to}, both included, float32. */
  public static Tensor linspace(double from, double to, long steps) {
    return make(
        "linspace",
        new long[] {steps},
        () ->
            torch.linspace(
                new Scalar(from), new Scalar(to), steps, options(DType.FLOAT32, Device.CPU)));
  }

  public static Tensor eye(long n) {
    return make("eye", new long[] {n, n}, () -> torch.eye(n, options(DType.FLOAT32, Device.CPU)));
  }

  public static Tensor of(float[] data, long... shape) {
    Tensor t = empty(DType.FLOAT32, Device.CPU, shapeFor(data.length, shape));
    if (data.length > 0) {
      t.handle.data_ptr_float().put(data, 0, data.length);
    }
    return t;
  }

  public static Tensor of(double[] data, long... shape) {
    Tensor t = empty(DType.FLOAT64, Device.CPU, shapeFor(data.length, shape));
    if (data.length > 0) {
      t.handle.data_ptr_double().put(data, 0, data.length);
    }
    return t;
  }

  public static Tensor of(long[] data, long... shape) {
    Tensor t = empty(DType.INT64, Device.CPU, shapeFor(data.length, shape));
    if (data.length > 0) {
      t.handle.data_ptr_long().put(data, 0, data.length);
    }
    return t;
  }

  public static Tensor of(int[] data, long... shape) {
    Tensor t = empty(DType.INT32, Device.CPU, shapeFor(data.length, shape));
    if (data.length > 0) {
      t.handle.data_ptr_int().put(data, 0, data.length);
    }
    return t;
  }

  /** Unsigned bytes, uint8. */
  public static Tensor of(byte[] data, long... shape) {
    Tensor t = empty(DType.UINT8, Device.CPU, shapeFor(data.length, shape));
    if (data.length > 0) {
      t.handle.data_ptr_byte().put(data, 0, data.length);
    }
    return t;
  }

  /** A 1-dimensional float32 of these values. */
  public static Tensor vector(double... values) {
    return of(values, values.length).to(DType.FLOAT32);
  }

  /**
   * Raw little-endian elements of any type.
   *
   * @throws TensorException if the number of bytes does not fit the shape
   */
  public static Tensor ofBytes(byte[] bytes, DType type, long... shape) {
    Tensor t = empty(type, Device.CPU, shape);
    if (t.nbytes() != bytes.length) {
      throw new TensorException(
          "ofBytes: "
              + bytes.length
              + " bytes for "
              + t.describe()
              + ", which needs "
              + t.nbytes());
    }
    if (bytes.length > 0) {
      new BytePointer(t.handle.data_ptr()).put(bytes, 0, bytes.length);
    }
    return t;
  }

  /**
   * The bytes of a file as a uint8 tensor, mapped and not read: pages come in as they are used, and
   * writes stay private. The file must not be truncated while the tensor lives.
   */
  public static Tensor map(java.nio.file.Path file, long bytes) {
    return make(
        "map",
        new long[] {bytes},
        () ->
            torch.from_file(
                file.toString(),
                new BoolOptional(false),
                new LongOptional(bytes),
                options(DType.UINT8, Device.CPU)));
  }

  private static Tensor make(String op, long[] shape, Supplier<org.bytedeco.pytorch.Tensor> f) {
    Engine.load();
    try {
      return new Tensor(f.get());
    } catch (RuntimeException e) {
      RuntimeException said = Native.failure(op, e);
      throw new TensorException(op + Arrays.toString(shape) + ": " + said.getMessage(), e);
    }
  }

  private static long[] shapeFor(long length, long[] shape) {
    long n = 1;
    for (long s : shape) {
      n *= s;
    }
    if (n != length) {
      throw new TensorException(
          "a shape of " + Arrays.toString(shape) + " has " + n + " elements, the array " + length);
    }
    return shape;
  }

  // ---- what it is ----

  public long[] shape() {
    LongArrayRef sizes = h().sizes();
    long[] shape = new long[(int) sizes.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i);
    }
    return shape;
  }

  public long size(int dim) {
    int n = dim();
    if (dim < -n || dim >= n) {
      throw new TensorException("size: dimension " + dim + " of " + describe() + " does not exist");
    }
    return h().size(dim);
  }

  public int dim() {
    return (int) h().dim();
  }

  public long numel() {
    return h().numel();
  }

  public long nbytes() {
    return h().nbytes();
  }

  public DType dtype() {
    return DType.of(h().scalar_type());
  }

  public Device device() {
    if (h().is_cpu()) {
      return Device.CPU;
    }
    return isMeta() ? Device.META : Device.cuda(h().device().index());
  }

  /** True if it has no values; see {@link Meta}. */
  public boolean isMeta() {
    return h().is_meta();
  }

  public boolean isContiguous() {
    return h().is_contiguous();
  }

  /**
   * True if both have the same type, device, shape and strides, without gaps: element by element in
   * the same order in memory, as fused kernels want it.
   */
  public boolean isLaidOutLike(Tensor o) {
    org.bytedeco.pytorch.Tensor a = h();
    org.bytedeco.pytorch.Tensor b = o.h();
    if (a.scalar_type().intern() != b.scalar_type().intern()
        || a.dim() != b.dim()
        || !((a.is_cpu() && b.is_cpu()) || a.device().equals(b.device()))) {
      return false;
    }
    // Asked before the strides: most tensors are contiguous, and optimizers ask thousands a step.
    boolean contiguous = a.is_contiguous() && b.is_contiguous();
    for (int i = 0; i < a.dim(); i++) {
      if (a.size(i) != b.size(i) || (!contiguous && a.stride(i) != b.stride(i))) {
        return false;
      }
    }
    return contiguous || a.is_non_overlapping_and_dense();
  }

  /** True if both look at the same memory. */
  public boolean isAliasOf(Tensor o) {
    return h().is_alias_of(o.h());
  }

  /** Shape and type, such as {@code [2, 3] float32}. */
  public String describe() {
    if (handle.isNull()) {
      return "closed";
    }
    return Arrays.toString(shape()) + " " + dtype().name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Shape, type, and the values if they are few. */
  @Override
  public String toString() {
    if (handle.isNull()) {
      return "Tensor closed";
    }
    return numel() <= 64 && dtype() != DType.BOOL && !isMeta()
        ? describe() + " " + Arrays.toString(toDoubles())
        : describe();
  }

  // ---- values out ----

  /** The one value of a one-element tensor. */
  public double item() {
    one("item");
    return h().item_double();
  }

  public long itemLong() {
    one("itemLong");
    return h().item_long();
  }

  public boolean itemBool() {
    one("itemBool");
    return h().item_bool();
  }

  private void one(String op) {
    if (numel() != 1) {
      throw new TensorException(op + ": needs one element, but this is " + describe());
    }
  }

  private org.bytedeco.pytorch.Tensor plain(DType type) {
    return to(Device.CPU).to(type).detach().contiguous().h();
  }

  public float[] toFloats() {
    try (Scope s = Scope.open()) {
      float[] out = new float[(int) numel()];
      if (out.length > 0) {
        plain(DType.FLOAT32).data_ptr_float().get(out);
      }
      return out;
    }
  }

  public double[] toDoubles() {
    try (Scope s = Scope.open()) {
      double[] out = new double[(int) numel()];
      if (out.length > 0) {
        plain(DType.FLOAT64).data_ptr_double().get(out);
      }
      return out;
    }
  }

  public long[] toLongs() {
    try (Scope s = Scope.open()) {
      long[] out = new long[(int) numel()];
      if (out.length > 0) {
        plain(DType.INT64).data_ptr_long().get(out);
      }
      return out;
    }
  }

  /** The elements as they are in memory, row by row, little-endian. */
  public byte[] toBytes() {
    try (Scope s = Scope.open()) {
      org.bytedeco.pytorch.Tensor t = plain(dtype());
      byte[] out = new byte[(int) t.nbytes()];
      if (out.length > 0) {
        new BytePointer(t.data_ptr()).get(out);
      }
      return out;
    }
  }

  /** A view of the memory of a contiguous CPU tensor, for writing files without a copy. */
  public java.nio.ByteBuffer buffer(long offset, int length) {
    if (!isContiguous() || !device().equals(Device.CPU)) {
      throw new TensorException("buffer: needs a contiguous CPU tensor, but this is " + describe());
    }
    if (offset < 0 || length < 0 || offset + length > nbytes()) {
      throw new TensorException(
          "buffer: bytes " + offset + " to " + (offset + length) + " of " + nbytes());
    }
    // A pointer's position would be cut off at 2 GB; an address of its own is not.
    BytePointer from = new BytePointer(h().data_ptr()).getPointer(BytePointer.class, offset);
    return from.capacity(length).asByteBuffer();
  }

  // ---- gradients ----

  public boolean requiresGrad() {
    return h().requires_grad();
  }

  public Tensor requiresGrad(boolean on) {
    h().set_requires_grad(on);
    return this;
  }

  /** Adds the gradients of this scalar to the leaves that require one; frees the graph. */
  public void backward() {
    try {
      h().backward();
    } catch (RuntimeException e) {
      throw GradientHook.failure("backward", e, this);
    }
  }

  /** Like {@link #backward()}, for a tensor of any shape with its gradient given. */
  public void backward(Tensor gradient) {
    try {
      h().backward(
              gradient.h(),
              new BoolOptional(false),
              false,
              new org.bytedeco.pytorch.TensorArrayRefOptional());
    } catch (RuntimeException e) {
      throw GradientHook.failure("backward", e, this, gradient);
    }
  }

  /** The accumulated gradient, or null. */
  public Tensor grad() {
    org.bytedeco.pytorch.Tensor g = h().grad();
    return g.defined() ? own(g) : null;
  }

  /** Puts a gradient in place of the accumulated one; null removes it. */
  public void grad(Tensor g) {
    h().mutable_grad().put(g == null ? UNDEFINED : g.h());
  }

  /**
   * Shows the gradient of this tensor to {@code f} when a backward pass reaches it. A tensor that
   * {@code f} returns replaces it; null leaves it.
   */
  public GradientHook onGradient(UnaryOperator<Tensor> f) {
    return new GradientHook(this, f);
  }

  public Tensor detach() {
    return op("detach", () -> h().detach());
  }

  // ---- plumbing ----

  private static final MemoryFormatOptional NO_FORMAT = retained(new MemoryFormatOptional());
  private static final ScalarTypeOptional SAME_TYPE = retained(new ScalarTypeOptional());
  private static final org.bytedeco.pytorch.Tensor UNDEFINED =
      retained(new org.bytedeco.pytorch.Tensor());

  static <P extends Pointer> P retained(P p) {
    p.retainReference();
    return p;
  }

  private Tensor op(String name, Supplier<org.bytedeco.pytorch.Tensor> f) {
    try {
      return new Tensor(f.get());
    } catch (RuntimeException e) {
      throw Native.failure(name, e, this);
    }
  }

  private Tensor op(String name, Supplier<org.bytedeco.pytorch.Tensor> f, Tensor o) {
    try {
      return new Tensor(f.get());
    } catch (RuntimeException e) {
      throw Native.failure(name, e, this, o);
    }
  }

  private Tensor in(String name, Runnable f, Tensor... others) {
    try {
      f.run();
      return this;
    } catch (RuntimeException e) {
      Tensor[] all = new Tensor[others.length + 1];
      all[0] = this;
      System.arraycopy(others, 0, all, 1, others.length);
      throw Native.failure(name, e, all);
    }
  }

  /** A whole number stays an integer next to an integer tensor. */
  private Scalar number(double v) {
    boolean whole = v == Math.rint(v) && Math.abs(v) < 0x1p63;
    return whole && !h().is_floating_point() ? new Scalar((long) v) : new Scalar(v);
  }

  static long[] longs(int... dims) {
    long[] out = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      out[i] = dims[i];
    }
    return out;
  }

  static TensorVector tensorVector(List<Tensor> list) {
    TensorVector v = new TensorVector();
    for (Tensor t : list) {
      v.push_back(t.h());
    }
    return v;
  }

  // ---- arithmetic ----

  public Tensor add(Tensor o) {
    return op("add", () -> h().add(o.h()), o);
  }

  public Tensor add(double v) {
    return op("add", () -> h().add(number(v)));
  }

  public Tensor sub(Tensor o) {
    return op("sub", () -> h().sub(o.h()), o);
  }

  public Tensor sub(double v) {
    return op("sub", () -> h().sub(number(v)));
  }

  public Tensor mul(Tensor o) {
    return op("mul", () -> h().mul(o.h()), o);
  }

  public Tensor mul(double v) {
    return op("mul", () -> h().mul(number(v)));
  }

  public Tensor div(Tensor o) {
    return op("div", () -> h().div(o.h()), o);
  }

  public Tensor div(double v) {
    return op("div", () -> h().div(number(v)));
  }

  public Tensor pow(Tensor o) {
    return op("pow", () -> h().pow(o.h()), o);
  }

  public Tensor pow(double v) {
    return op("pow", () -> h().pow(number(v)));
  }

  public Tensor add_(Tensor o) {
    return in("add_", () -> h().add_(o.h()), o);
  }

  public Tensor add_(double v) {
    return in("add_", () -> h().add_(number(v)));
  }

  public Tensor sub_(Tensor o) {
    return in("sub_", () -> h().sub_(o.h()), o);
  }

  public Tensor sub_(double v) {
    return in("sub_", () -> h().sub_(number(v)));
  }

  public Tensor mul_(Tensor o) {
    return in("mul_", () -> h().mul_(o.h()), o);
  }

  public Tensor mul_(double v) {
    return in("mul_", () -> h().mul_(number(v)));
  }

  public Tensor div_(Tensor o) {
    return in("div_", () -> h().div_(o.h()), o);
  }

  public Tensor div_(double v) {
    return in("div_", () -> h().div_(number(v)));
  }

  /** this + alpha o. */
  public Tensor add(Tensor o, double alpha) {
    return op("add", () -> h().add(o.h(), number(alpha)), o);
  }

  /** this += alpha o. */
  public Tensor add_(Tensor o, double alpha) {
    return in("add_", () -> h().add_(o.h(), number(alpha)), o);
  }

  /** v - this. */
  public Tensor rsub(double v) {
    return op("rsub", () -> torch.rsub(h(), number(v)));
  }

  /** this + a b. */
  public Tensor addcmul(Tensor a, Tensor b) {
    return op("addcmul", () -> h().addcmul(a.h(), b.h(), new Scalar(1)), a);
  }

  /** this += value a b. */
  public Tensor addcmul_(Tensor a, Tensor b, double value) {
    return in("addcmul_", () -> h().addcmul_(a.h(), b.h(), new Scalar(value)), a, b);
  }

  /** this += value a / b. */
  public Tensor addcdiv_(Tensor a, Tensor b, double value) {
    return in("addcdiv_", () -> h().addcdiv_(a.h(), b.h(), new Scalar(value)), a, b);
  }

  /** this + weight (end - this). */
  public Tensor lerp(Tensor end, double weight) {
    return op("lerp", () -> h().lerp(end.h(), new Scalar(weight)), end);
  }

  /** this += weight (end - this). */
  public Tensor lerp_(Tensor end, double weight) {
    return in("lerp_", () -> h().lerp_(end.h(), new Scalar(weight)), end);
  }

  public Tensor remainder(double v) {
    return op("remainder", () -> h().remainder(number(v)));
  }

  public Tensor floorDivide(double v) {
    return op("floorDivide", () -> h().floor_divide(number(v)));
  }

  public Tensor maximum(Tensor o) {
    return op("maximum", () -> h().maximum(o.h()), o);
  }

  public Tensor minimum(Tensor o) {
    return op("minimum", () -> h().minimum(o.h()), o);
  }

  public Tensor clamp(double min, double max) {
    return op(
        "clamp", () -> h().clamp(new ScalarOptional(number(min)), new ScalarOptional(number(max))));
  }

  public Tensor clamp_(double min, double max) {
    return in(
        "clamp_",
        () -> h().clamp_(new ScalarOptional(number(min)), new ScalarOptional(number(max))));
  }

  public Tensor clampMin(double min) {
    return op("clampMin", () -> h().clamp_min(number(min)));
  }

  public Tensor clampMax(double max) {
    return op("clampMax", () -> h().clamp_max(number(max)));
  }

  public Tensor neg() {
    return op("neg", () -> h().neg());
  }

  public Tensor abs() {
    return op("abs", () -> h().abs());
  }

  public Tensor exp() {
    return op("exp", () -> h().exp());
  }

  public Tensor log() {
    return op("log", () -> h().log());
  }

  public Tensor log1p() {
    return op("log1p", () -> h().log1p());
  }

  public Tensor expm1() {
    return op("expm1", () -> h().expm1());
  }

  public Tensor log2() {
    return op("log2", () -> h().log2());
  }

  public Tensor sqrt() {
    return op("sqrt", () -> h().sqrt());
  }

  public Tensor rsqrt() {
    return op("rsqrt", () -> h().rsqrt());
  }

  public Tensor square() {
    return op("square", () -> h().square());
  }

  public Tensor reciprocal() {
    return op("reciprocal", () -> h().reciprocal());
  }

  public Tensor sin() {
    return op("sin", () -> h().sin());
  }

  public Tensor cos() {
    return op("cos", () -> h().cos());
  }

  public Tensor tan() {
    return op("tan", () -> h().tan());
  }

  public Tensor asin() {
    return op("asin", () -> h().asin());
  }

  public Tensor acos() {
    return op("acos", () -> h().acos());
  }

  public Tensor atan() {
    return op("atan", () -> h().atan());
  }

  public Tensor sinh() {
    return op("sinh", () -> h().sinh());
  }

  public Tensor cosh() {
    return op("cosh", () -> h().cosh());
  }

  public Tensor tanh() {
    return op("tanh", () -> h().tanh());
  }

  public Tensor erf() {
    return op("erf", () -> h().erf());
  }

  public Tensor erfinv() {
    return op("erfinv", () -> h().erfinv());
  }

  public Tensor sigmoid() {
    return op("sigmoid", () -> h().sigmoid());
  }

  public Tensor relu() {
    return op("relu", () -> h().relu());
  }

  public Tensor floor() {
    return op("floor", () -> h().floor());
  }

  public Tensor ceil() {
    return op("ceil", () -> h().ceil());
  }

  public Tensor round() {
    return op("round", () -> h().round());
  }

  public Tensor trunc() {
    return op("trunc", () -> h().trunc());
  }

  public Tensor sign() {
    return op("sign", () -> h().sign());
  }

  public Tensor isnan() {
    return op("isnan", () -> h().isnan());
  }

  public Tensor isinf() {
    return op("isinf", () -> h().isinf());
  }

  public Tensor logicalNot() {
    return op("logicalNot", () -> h().logical_not());
  }

  // ---- comparison ----

  public Tensor eq(Tensor o) {
    return op("eq", () -> h().eq(o.h()), o);
  }

  public Tensor eq(double v) {
    return op("eq", () -> h().eq(number(v)));
  }

  public Tensor ne(Tensor o) {
    return op("ne", () -> h().ne(o.h()), o);
  }

  public Tensor ne(double v) {
    return op("ne", () -> h().ne(number(v)));
  }

  public Tensor lt(Tensor o) {
    return op("lt", () -> h().lt(o.h()), o);
  }

  public Tensor lt(double v) {
    return op("lt", () -> h().lt(number(v)));
  }

  public Tensor le(Tensor o) {
    return op("le", () -> h().le(o.h()), o);
  }

  public Tensor le(double v) {
    return op("le", () -> h().le(number(v)));
  }

  public Tensor gt(Tensor o) {
    return op("gt", () -> h().gt(o.h()), o);
  }

  public Tensor gt(double v) {
    return op("gt", () -> h().gt(number(v)));
  }

  public Tensor ge(Tensor o) {
    return op("ge", () -> h().ge(o.h()), o);
  }

  public Tensor ge(double v) {
    return op("ge", () -> h().ge(number(v)));
  }

  public Tensor logicalAnd(Tensor o) {
    return op("logicalAnd", () -> h().logical_and(o.h()), o);
  }

  public Tensor logicalOr(Tensor o) {
    return op("logicalOr", () -> h().logical_or(o.h()), o);
  }

  /** a where this is true, else b. */
  public Tensor where(Tensor a, Tensor b) {
    return op("where", () -> torch.where(h(), a.h(), b.h()), a);
  }

  /** a where this is true, else the number b. */
  public Tensor where(Tensor a, double b) {
    return op("where", () -> torch.where(h(), a.h(), a.number(b)), a);
  }

  /** This, with {@code value} wherever {@code mask} is true. */
  public Tensor maskedFill(Tensor mask, double value) {
    return op("maskedFill", () -> h().masked_fill(mask.h(), number(value)), mask);
  }

  /** The elements where {@code mask} is true, one-dimensional. */
  public Tensor maskedSelect(Tensor mask) {
    return op("maskedSelect", () -> h().masked_select(mask.h()), mask);
  }

  /** True if shape, type and every value agree; NaN differs from NaN. */
  public boolean equal(Tensor o) {
    return Arrays.equals(shape(), o.shape()) && dtype() == o.dtype() && h().equal(o.h());
  }

  /** True if |this - o| is at most atol + rtol |o| everywhere. */
  public boolean allClose(Tensor o, double rtol, double atol) {
    return Arrays.equals(shape(), o.shape()) && h().allclose(o.h(), rtol, atol, false);
  }

  /** True if no element is NaN or infinite. */
  public boolean isFinite() {
    try (Scope s = Scope.open()) {
      return op("isfinite", () -> torch.isfinite(h()).all()).itemBool();
    }
  }

  // ---- reductions ----

  public Tensor sum() {
    return op("sum", () -> h().sum());
  }

  public Tensor sum(int... dims) {
    return sum(dims, false);
  }

  public Tensor sum(int dim, boolean keepDim) {
    return sum(new int[] {dim}, keepDim);
  }

  public Tensor sum(int[] dims, boolean keepDim) {
    return op("sum", () -> h().sum(longs(dims), keepDim, SAME_TYPE));
  }

  public Tensor mean() {
    return op("mean", () -> h().mean());
  }

  public Tensor mean(int... dims) {
    return mean(dims, false);
  }

  public Tensor mean(int dim, boolean keepDim) {
    return mean(new int[] {dim}, keepDim);
  }

  public Tensor mean(int[] dims, boolean keepDim) {
    return op("mean", () -> h().mean(longs(dims), keepDim, SAME_TYPE));
  }

  public Tensor amax() {
    return op("amax", () -> h().amax());
  }

  public Tensor amax(int dim, boolean keepDim) {
    return amax(new int[] {dim}, keepDim);
  }

  public Tensor amax(int[] dims, boolean keepDim) {
    return op("amax", () -> h().amax(longs(dims), keepDim));
  }

  public Tensor amin() {
    return op("amin", () -> h().amin());
  }

  public Tensor amin(int dim, boolean keepDim) {
    return amin(new int[] {dim}, keepDim);
  }

  public Tensor amin(int[] dims, boolean keepDim) {
    return op("amin", () -> h().amin(longs(dims), keepDim));
  }

  /** Variance over dims; {@code correction} 1 is the unbiased one, 0 the biased. */
  public Tensor var(int[] dims, int correction, boolean keepDim) {
    return op(
        "var", () -> h().var(longs(dims), new ScalarOptional(new Scalar(correction)), keepDim));
  }

  /** Standard deviation over dims; {@code correction} 1 is the unbiased one, 0 the biased. */
  public Tensor std(int[] dims, int correction, boolean keepDim) {
    return op(
        "std", () -> h().std(longs(dims), new ScalarOptional(new Scalar(correction)), keepDim));
  }

  /** Variance and mean. */
  public record Moments(Tensor var, Tensor mean) {}

  /** Both in one pass; {@code correction} 1 is the unbiased variance, 0 the biased. */
  public Moments varMean(int[] dims, int correction, boolean keepDim) {
    try {
      T_TensorTensor_T pair =
          torch.var_mean(h(), longs(dims), new ScalarOptional(new Scalar(correction)), keepDim);
      return new Moments(own(pair.get0()), own(pair.get1()));
    } catch (RuntimeException e) {
      throw Native.failure("varMean", e, this);
    }
  }

  /** The 2-norm of all elements. */
  public Tensor norm() {
    return op("norm", () -> h().norm());
  }

  /** The p-norm over dims. */
  public Tensor norm(double p, int[] dims, boolean keepDim) {
    return op("norm", () -> h().norm(new ScalarOptional(new Scalar(p)), longs(dims), keepDim));
  }

  public Tensor prod(int dim, boolean keepDim) {
    return op("prod", () -> h().prod(dim, keepDim, SAME_TYPE));
  }

  public Tensor all() {
    return op("all", () -> h().all());
  }

  public Tensor any() {
    return op("any", () -> h().any());
  }

  public Tensor argmax(int dim) {
    return argmax(dim, false);
  }

  public Tensor argmax(int dim, boolean keepDim) {
    return op("argmax", () -> h().argmax(new LongOptional(dim), keepDim));
  }

  public Tensor argmin(int dim) {
    return op("argmin", () -> h().argmin(new LongOptional(dim), false));
  }

  public Tensor cumsum(int dim) {
    return op("cumsum", () -> h().cumsum(dim));
  }

  public Tensor cumprod(int dim) {
    return op("cumprod", () -> h().cumprod(dim));
  }

  public Tensor logsumexp(int dim, boolean keepDim) {
    return op("logsumexp", () -> torch.logsumexp(h(), new long[] {dim}, keepDim));
  }

  public Tensor softmax(int dim) {
    return op("softmax", () -> h().softmax(dim));
  }

  public Tensor logSoftmax(int dim) {
    return op("logSoftmax", () -> h().log_softmax(dim));
  }

  /** Values and the int64 indices where they were. */
  public record Indexed(Tensor values, Tensor indices) {}

  private Indexed indexed(String name, Supplier<T_TensorTensor_T> f) {
    try {
      T_TensorTensor_T pair = f.get();
      return new Indexed(own(pair.get0()), own(pair.get1()));
    } catch (RuntimeException e) {
      throw Native.failure(name, e, this);
    }
  }

  public Indexed max(int dim, boolean keepDim) {
    return indexed("max", () -> h().max(dim, keepDim));
  }

  public Indexed min(int dim, boolean keepDim) {
    return indexed("min", () -> h().min(dim, keepDim));
  }

  public Indexed sort(int dim, boolean descending) {
    return indexed("sort", () -> h().sort(dim, descending));
  }

  public Tensor argsort(int dim, boolean descending) {
    return sort(dim, descending).indices();
  }

  /** The k largest (or smallest), in order. */
  public Indexed topk(int k, int dim, boolean largest) {
    return indexed("topk", () -> h().topk(k, dim, largest, true));
  }

  // ---- products and decompositions ----

  public Tensor matmul(Tensor o) {
    if (dim() > 0 && o.dim() > 0 && h().size(-1) != o.h().size(o.dim() == 1 ? 0 : -2)) {
      throw new TensorException(
          "matmul(" + describe() + ", " + o.describe() + "): the inner sizes differ");
    }
    return op("matmul", () -> h().matmul(o.h()), o);
  }

  /** Sum of products over named axes, such as {@code "bij,bjk->bik"}; this is the first operand. */
  public Tensor einsum(String equation, Tensor... others) {
    TensorVector v = new TensorVector();
    v.push_back(h());
    for (Tensor o : others) {
      v.push_back(o.h());
    }
    try {
      return new Tensor(torch.einsum(equation, v));
    } catch (RuntimeException e) {
      Tensor[] all = new Tensor[others.length + 1];
      all[0] = this;
      System.arraycopy(others, 0, all, 1, others.length);
      throw Native.failure("einsum " + equation, e, all);
    }
  }

  public Tensor outer(Tensor o) {
    return op("outer", () -> h().outer(o.h()), o);
  }

  /** Inner product of two tensors of one shape, 0-dimensional. */
  public Tensor dot(Tensor o) {
    return op("dot", () -> h().flatten().dot(o.h().flatten()), o);
  }

  /** U, S, V^T of a matrix, reduced. */
  public record Svd(Tensor u, Tensor s, Tensor vt) {}

  public Svd svd() {
    try {
      T_TensorTensorTensor_T t =
          torch.linalg_svd(h(), false, new org.bytedeco.pytorch.StringViewOptional());
      return new Svd(own(t.get0()), own(t.get1()), own(t.get2()));
    } catch (RuntimeException e) {
      throw Native.failure("svd", e, this);
    }
  }

  /** Q (orthonormal columns) and R of a matrix. */
  public record Qr(Tensor q, Tensor r) {}

  public Qr qr() {
    try {
      T_TensorTensor_T t = torch.linalg_qr(h());
      return new Qr(own(t.get0()), own(t.get1()));
    } catch (RuntimeException e) {
      throw Native.failure("qr", e, this);
    }
  }

  /**
   * X of A X = B for a matrix B, where this is A, symmetric and positive definite. (For any square
   * A there is no such method: the engine's LU factorisation overruns the stack of a Java thread
   * from about 500 rows on, which ends the process.)
   */
  public Tensor choleskySolve(Tensor b) {
    return op("choleskySolve", () -> b.h().cholesky_solve(torch.linalg_cholesky(h())), b);
  }

  public Tensor diagonal() {
    return op("diagonal", () -> h().diagonal());
  }

  public Tensor triu(int diagonal) {
    return op("triu", () -> h().triu(diagonal));
  }

  public Tensor tril(int diagonal) {
    return op("tril", () -> h().tril(diagonal));
  }

  // ---- shape ----

  public Tensor reshape(long... shape) {
    return op("reshape" + Arrays.toString(shape), () -> h().reshape(shape));
  }

  public Tensor view(long... shape) {
    return op("view" + Arrays.toString(shape), () -> h().view(shape));
  }

  /** The same bytes read as another type. */
  public Tensor viewAs(DType type) {
    return op("viewAs " + type, () -> h().view(type.scalarType()));
  }

  /**
   * A view of this one-dimensional tensor: element i, j, .. is at i stride[0] + j stride[1] + ….
   */
  public Tensor asStrided(long[] shape, long[] stride) {
    return op("asStrided", () -> h().as_strided(shape, stride));
  }

  public Tensor flatten() {
    return flatten(0, -1);
  }

  public Tensor flatten(int from, int to) {
    return op("flatten", () -> h().flatten(from, to));
  }

  public Tensor unflatten(int dim, long... sizes) {
    return op("unflatten" + Arrays.toString(sizes), () -> h().unflatten(dim, sizes));
  }

  public Tensor squeeze(int dim) {
    return op("squeeze", () -> h().squeeze(dim));
  }

  public Tensor unsqueeze(int dim) {
    return op("unsqueeze", () -> h().unsqueeze(dim));
  }

  public Tensor transpose(int a, int b) {
    return op("transpose", () -> h().transpose(a, b));
  }

  /** Transpose of a matrix. */
  public Tensor t() {
    return transpose(-2, -1);
  }

  public Tensor permute(int... dims) {
    return op("permute" + Arrays.toString(dims), () -> h().permute(longs(dims)));
  }

  public Tensor expand(long... shape) {
    return op("expand" + Arrays.toString(shape), () -> h().expand(shape));
  }

  public Tensor repeat(long... times) {
    return op("repeat" + Arrays.toString(times), () -> h().repeat(times));
  }

  public Tensor repeatInterleave(long times, int dim) {
    return op(
        "repeatInterleave",
        () -> h().repeat_interleave(times, new LongOptional(dim), new LongOptional()));
  }

  public Tensor flip(int... dims) {
    return op("flip", () -> h().flip(longs(dims)));
  }

  public Tensor roll(long shift, int dim) {
    return op("roll", () -> h().roll(new long[] {shift}, dim));
  }

  /** Windows of {@code size} along {@code dim}, every {@code step}; a new last dimension. */
  public Tensor unfold(int dim, long size, long step) {
    return op("unfold", () -> h().unfold(dim, size, step));
  }

  public Tensor contiguous() {
    return op("contiguous", () -> h().contiguous());
  }

  /** The same values with channels innermost in memory ([N,C,H,W] tensors). */
  public Tensor channelsLast() {
    return op("channelsLast", () -> h().contiguous(MemoryFormat.ChannelsLast));
  }

  public Tensor copy() {
    return op("copy", () -> h().clone());
  }

  public static Tensor cat(int dim, Tensor... parts) {
    return cat(dim, List.of(parts));
  }

  public static Tensor cat(int dim, List<Tensor> parts) {
    try {
      return new Tensor(torch.cat(tensorVector(parts), dim));
    } catch (RuntimeException e) {
      throw Native.failure("cat", e, parts.toArray(Tensor[]::new));
    }
  }

  public static Tensor stack(int dim, Tensor... parts) {
    return stack(dim, List.of(parts));
  }

  public static Tensor stack(int dim, List<Tensor> parts) {
    try {
      return new Tensor(torch.stack(tensorVector(parts), dim));
    } catch (RuntimeException e) {
      throw Native.failure("stack", e, parts.toArray(Tensor[]::new));
    }
  }

  private List<Tensor> parts(String name, Supplier<TensorVector> f) {
    try {
      TensorVector v = f.get();
      Tensor[] out = new Tensor[(int) v.size()];
      for (int i = 0; i < out.length; i++) {
        out[i] = own(v.get(i));
      }
      return List.of(out);
    } catch (RuntimeException e) {
      throw Native.failure(name, e, this);
    }
  }

  /** Views of at most {@code size} along {@code dim}. */
  public List<Tensor> split(long size, int dim) {
    return parts("split", () -> h().split(size, dim));
  }

  /** At most {@code n} views of equal size along {@code dim}. */
  public List<Tensor> chunk(int n, int dim) {
    return parts("chunk", () -> h().chunk(n, dim));
  }

  // ---- picking ----

  /** Element i of the first dimension. */
  public Tensor get(long i) {
    return select(0, i);
  }

  public Tensor select(int dim, long i) {
    return op("select", () -> h().select(dim, i));
  }

  /** {@code length} entries of a dimension from {@code from} on; a view. */
  public Tensor narrow(int dim, long from, long length) {
    return op("narrow", () -> h().narrow(dim, from, length));
  }

  /** Entries {@code from} up to {@code to} - 1 of a dimension; a view. */
  public Tensor slice(int dim, long from, long to) {
    return slice(dim, from, to, 1);
  }

  public Tensor slice(int dim, long from, long to, long step) {
    return op("slice", () -> h().slice(dim, new LongOptional(from), new LongOptional(to), step));
  }

  public Tensor indexSelect(int dim, Tensor index) {
    return op("indexSelect", () -> h().index_select(dim, index.h()), index);
  }

  public Tensor gather(int dim, Tensor index) {
    return op("gather", () -> h().gather(dim, index.h()), index);
  }

  public Tensor scatter(int dim, Tensor index, Tensor src) {
    return op("scatter", () -> h().scatter(dim, index.h(), src.h()), index);
  }

  public Tensor scatter(int dim, Tensor index, double value) {
    return op("scatter", () -> h().scatter(dim, index.h(), number(value)), index);
  }

  public Tensor scatterAdd(int dim, Tensor index, Tensor src) {
    return op("scatterAdd", () -> h().scatter_add(dim, index.h(), src.h()), index);
  }

  public Tensor indexAdd_(int dim, Tensor index, Tensor src) {
    return in("indexAdd_", () -> h().index_add_(dim, index.h(), src.h()), index, src);
  }

  public Tensor indexCopy(int dim, Tensor index, Tensor src) {
    return op("indexCopy", () -> h().index_copy(dim, index.h(), src.h()), src);
  }

  public Tensor indexCopy_(int dim, Tensor index, Tensor src) {
    return in("indexCopy_", () -> h().index_copy_(dim, index.h(), src.h()), index, src);
  }

  /** Indices of the non-zero elements, int64 [n, dims]. */
  public Tensor nonzero() {
    return op("nonzero", () -> h().nonzero());
  }

  /** 1 at the class index, int64 [.., classes]. */
  public Tensor oneHot(long classes) {
    return op("oneHot", () -> torch.one_hot(h(), classes));
  }

  /** How often each of 0 .. n-1 occurs, int64 [n]. */
  public Tensor bincount(long n) {
    return op("bincount", () -> h().bincount(new TensorOptional(), n));
  }

  // ---- types and devices ----

  public Tensor to(DType type) {
    return dtype() == type ? this : op("to", () -> h().to(type.scalarType()));
  }

  public Tensor to(Device device) {
    Device from = device();
    return from.equals(device)
        ? this
        : op("to " + device, () -> h().to(device.handle(), h().scalar_type()));
  }

  /** To the type and device of another tensor. */
  public Tensor toLike(Tensor o) {
    return to(o.dtype()).to(o.device());
  }

  // ---- changing in place ----

  public Tensor copy_(Tensor src) {
    return in("copy_", () -> h().copy_(src.h()), src);
  }

  public Tensor fill_(double v) {
    return in("fill_", () -> h().fill_(number(v)));
  }

  public Tensor zero_() {
    return in("zero_", () -> h().zero_());
  }

  public Tensor uniform_(double from, double to, Generator g) {
    return in("uniform_", () -> h().uniform_(from, to, g.optional()));
  }

  public Tensor normal_(double mean, double std, Generator g) {
    return in("normal_", () -> h().normal_(mean, std, g.optional()));
  }

  public Tensor bernoulli_(double p, Generator g) {
    return in("bernoulli_", () -> h().bernoulli_(p, g.optional()));
  }

  public Tensor exponential_(double rate, Generator g) {
    return in("exponential_", () -> h().exponential_(rate, g.optional()));
  }

  /** Integers from 0 up to {@code to} - 1. */
  public Tensor random_(long to, Generator g) {
    return in("random_", () -> h().random_(to, g.optional()));
  }

  /** Poisson draws with these rates, of this type. */
  public Tensor poisson(Generator g) {
    return op("poisson", () -> torch.poisson(h(), g.optional()));
  }

  /** Zeros of this shape, type and device. */
  public Tensor zerosLike() {
    return op("zerosLike", () -> torch.zeros_like(h()));
  }

  public Tensor onesLike() {
    return op("onesLike", () -> torch.ones_like(h()));
  }

  /** Draws of these probabilities (rows), int64 [.., n]. */
  public Tensor multinomial(long n, boolean replacement, Generator g) {
    return op("multinomial", () -> h().multinomial(n, replacement, g.optional()));
  }
}
