// The float kernels in vector C, included once for each instruction set, which defines
//   NAME(x)   the name of x for this set          TARGET   the function attribute that selects the instructions
//   ROWS      rows of a tile                      VECTORS  vectors of 16 columns of a tile
// ROWS x VECTORS is what the register file holds: an array that spills makes the kernel three times slower, which is also
// why every loop over such an array is unrolled by force.

#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline)) TARGET

typedef float NAME(floats) __attribute__((vector_size(64), aligned(4)));
typedef int NAME(integers) __attribute__((vector_size(64), aligned(4)));
#define FLOATS NAME(floats)
#define INTEGERS NAME(integers)
#define SPLAT(value) ((FLOATS){0} + (value))
#define LOAD(pointer) (*(const FLOATS *)(pointer))
#define SAVE(pointer, value) (*(FLOATS *)(pointer) = (value))

// MARK: functions of a value

// Vectors go through pointers: passing 64 bytes by value is an ABI that differs between instruction sets.
// Round to the nearest power of two by the magic constant 1.5 * 2^23, then a polynomial of degree 5 on the rest.
INLINE void NAME(exponential)(FLOATS *value) {
  FLOATS x = *value;
  x = (FLOATS)(((INTEGERS)x & (x > -87.f)) | ((INTEGERS)SPLAT(-87.f) & ~(x > -87.f)));
  FLOATS scaled = x * 1.44269504f, rounded = scaled + 12582912.f;
  INTEGERS exponent = (INTEGERS)rounded << 23;
  rounded -= 12582912.f;
  FLOATS f = scaled - rounded, p = SPLAT(1.3333558e-3f);
  p = p * f + 9.6181291e-3f;
  p = p * f + 5.5504109e-2f;
  p = p * f + 2.4022651e-1f;
  p = p * f + 6.9314718e-1f;
  p = p * f + 1.f;
  *value = (FLOATS)((INTEGERS)p + exponent);
}

// GELU with the error function (Abramowitz and Stegun 7.1.26, error below 2e-7), not with its tanh approximation.
INLINE void NAME(gelu)(FLOATS *value) {
  FLOATS x = *value, z = x * 0.70710678f;
  z = (FLOATS)((INTEGERS)z & 0x7fffffff);
  FLOATS t = 1.f / (z * 0.3275911f + 1.f), p = SPLAT(1.061405429f), e = -(z * z);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  p = p * t;
  NAME(exponential)(&e);
  FLOATS half = 0.5f * x, magnitude = (FLOATS)((INTEGERS)half & 0x7fffffff);
  *value = half + magnitude * (1.f - p * e);
}

// MARK: linear layers

INLINE void NAME(tile)(const float *input, int depth, const float *weights, const float *bias, const int rows, epilogue epilogue,
                       float *output, int stride) {
  FLOATS sum[ROWS][VECTORS];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = LOAD(bias + 16 * v);
  }
  for (int k = 0; k < depth; k++) {
    FLOATS w[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) w[v] = LOAD(weights + (size_t)k * 16 * VECTORS + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      const float x = input[(size_t)r * depth + k];
      UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] += x * w[v];
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < VECTORS; v++) {
      float *at = output + (size_t)r * stride + 16 * v;
      FLOATS y = sum[r][v];
      if (epilogue == STORE_GELU) NAME(gelu)(&y);
      if (epilogue == ADD_RESIDUAL) y += LOAD(at);
      SAVE(at, y);
    }
  }
}

TARGET static void NAME(apply)(const linear *layer, const void *input, int rows, epilogue epilogue, void *output) {
  const int depth = layer->inputs, panel = 16 * VECTORS;
  for (int column = 0; column < layer->outputs; column += panel) {
    const float *weights = (const float *)layer->weights + (size_t)column * depth, *bias = layer->bias + column;
    for (int row = 0; row < rows; row += ROWS) {
      const float *in = (const float *)input + (size_t)row * depth;
      float *out = (float *)output + (size_t)row * layer->outputs + column;
#define TILE(count) NAME(tile)(in, depth, weights, bias, count, epilogue, out, layer->outputs)
      switch (rows - row) {
      case 1: TILE(1); break;
#if ROWS > 2
      case 2: TILE(2); break;
#endif
#if ROWS > 3
      case 3: TILE(3); break;
#endif
#if ROWS > 4
      case 4: TILE(4); break;
      case 5: TILE(5); break;
#endif
#if ROWS > 6
      case 6: TILE(6); break;
      case 7: TILE(7); break;
#endif
      default: TILE(ROWS);
      }
#undef TILE
    }
  }
}

// MARK: layer normalization

TARGET static void NAME(normalize)(float *residual, void *activations, int rows, const float *gain, const float *bias) {
  float *x = residual, *y = activations;
  for (int row = 0; row < rows; row++, x += HIDDEN, y += HIDDEN) {
    FLOATS sums = {0}, squares = {0};
    float mean = 0, variance = 0;
    for (int j = 0; j < HIDDEN; j += 16) sums += LOAD(x + j);
    for (int j = 0; j < 16; j++) mean += sums[j];
    mean /= HIDDEN;
    for (int j = 0; j < HIDDEN; j += 16) {
      FLOATS d = LOAD(x + j) - mean;
      squares += d * d;
    }
    for (int j = 0; j < 16; j++) variance += squares[j];
    const float scale = 1.f / sqrtf(variance / HIDDEN + 1e-12f);
    for (int j = 0; j < HIDDEN; j += 16) {
      FLOATS n = (LOAD(x + j) - mean) * scale * LOAD(gain + j) + LOAD(bias + j);
      SAVE(x + j, n);
      SAVE(y + j, n);
    }
  }
}

// MARK: attention

enum { NAME(QUERIES) = 4 };

TARGET static void NAME(attend)(const void *qkv, int length, int head, void *output, const attention_scratch *scratch) {
  enum { QUERIES = NAME(QUERIES) };
  const size_t stride = 3 * HIDDEN;
  const int padded = round_up(length, 16);
  const float *q = (const float *)qkv + head * HEAD, *k = q + HIDDEN, *v = k + HIDDEN;
  float *keys = scratch->keys, *scores = scratch->scores;
  for (int j = 0; j < padded; j++)
    for (int d = 0; d < HEAD; d++) keys[(size_t)(j & ~15) * HEAD + d * 16 + (j & 15)] = j < length ? k[j * stride + d] : 0;

  for (int first = 0; first < length; first += QUERIES) {
    const int count = length - first < QUERIES ? length - first : QUERIES;
    // A copy with zero rows to the end of the block: the rows after the last belong to another text or to nobody.
    float queries[QUERIES][HEAD] = {{0}};
    for (int r = 0; r < count; r++) memcpy(queries[r], q + (first + r) * stride, sizeof queries[r]);

    for (int j = 0; j < padded; j += 16) {
      FLOATS sum[QUERIES] = {{0}};
      for (int d = 0; d < HEAD; d++) {
        FLOATS key = LOAD(keys + (size_t)j * HEAD + d * 16);
        UNROLL for (int r = 0; r < QUERIES; r++) sum[r] += queries[r][d] * key;
      }
      UNROLL for (int r = 0; r < QUERIES; r++) SAVE(scores + (size_t)r * padded + j, sum[r]);
    }

    float inverse[QUERIES];
    for (int r = 0; r < QUERIES; r++) {
      float *row = scores + (size_t)r * padded, highest = -1e30f, total = 0;
      FLOATS sums = {0};
      for (int j = 0; j < length; j++) highest = row[j] > highest ? row[j] : highest;
      for (int j = length; j < padded; j++) row[j] = -1e30f;
      for (int j = 0; j < padded; j += 16) {
        FLOATS e = LOAD(row + j) - highest;
        NAME(exponential)(&e);
        SAVE(row + j, e);
      }
      for (int j = length; j < padded; j++) row[j] = 0;
      for (int j = 0; j < padded; j += 16) sums += LOAD(row + j);
      for (int j = 0; j < 16; j++) total += sums[j];
      inverse[r] = 1.f / total;
    }

    FLOATS mix[QUERIES][2] = {{{0}}};
    for (int j = 0; j < length; j++) {
      FLOATS low = LOAD(v + j * stride), high = LOAD(v + j * stride + 16);
      UNROLL for (int r = 0; r < QUERIES; r++) {
        const float p = scores[(size_t)r * padded + j];
        mix[r][0] += p * low;
        mix[r][1] += p * high;
      }
    }
    UNROLL for (int r = 0; r < QUERIES; r++) {
      if (r < count) {
        float *at = (float *)output + (size_t)(first + r) * HIDDEN + head * HEAD;
        SAVE(at, mix[r][0] * inverse[r]);
        SAVE(at + 16, mix[r][1] * inverse[r]);
      }
    }
  }
}

const kernels NAME(inference_kernels) = {
  .activation_size = sizeof(float),
  .panel = 16 * VECTORS,
  .apply = NAME(apply),
  .normalize = NAME(normalize),
  .attend = NAME(attend),
};

#undef SAVE
#undef LOAD
#undef SPLAT
#undef INTEGERS
#undef FLOATS
#undef INLINE
#undef UNROLL
#undef VECTORS
#undef ROWS
#undef TARGET
#undef NAME
