#include "kernels.h"

#if defined(__x86_64__)

#include <math.h>

#include "bfloat16.h"

// MARK: linear layers

enum { PANEL = 48, TILE_ROWS = 8 };

// 8 rows by 48 columns: 24 sums, 3 weights and a broadcast fit the 32 registers.
INLINE_BF16 void tile(const uint16_t *input, int depth, const uint16_t *weights, const float *bias, const int rows, epilogue epilogue,
                      void *output, size_t at, int stride) {
  __m512 sum[TILE_ROWS][3];
  UNROLL for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = sum[r][2] = _mm512_setzero_ps();
  for (int k = 0; k < depth; k += 2) {
    const uint16_t *w = weights + (size_t)k * PANEL;
    __m512 w0 = _mm512_loadu_ps(w), w1 = _mm512_loadu_ps(w + 32), w2 = _mm512_loadu_ps(w + 64);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512 x = broadcast_pair(input + (size_t)r * depth + k);
      sum[r][0] = DOT_PAIRS(sum[r][0], x, w0);
      sum[r][1] = DOT_PAIRS(sum[r][1], x, w1);
      sum[r][2] = DOT_PAIRS(sum[r][2], x, w2);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int j = 0; j < 3; j++) {
      __m512 y = _mm512_add_ps(sum[r][j], _mm512_loadu_ps(bias + 16 * j));
      finish_bf16(y, epilogue, output, at + (size_t)r * stride + 16 * j);
    }
  }
}

TARGET_BF16 static void apply(const linear *layer, const void *input, int rows, epilogue epilogue, void *output) {
  const int depth = layer->inputs, stride = layer->outputs;
  for (int column = 0; column < layer->outputs; column += PANEL) {
    const uint16_t *weights = (const uint16_t *)layer->weights + (size_t)column * depth;
    const float *bias = layer->bias + column;
    for (int row = 0; row < rows;) {
      // Nine to fifteen rows go in two even tiles: a tile of one row would wait for each product.
      const int left = rows - row, count = left >= 16 || left == 8 ? 8 : left > 8 ? (left + 1) / 2 : left;
      const uint16_t *in = (const uint16_t *)input + (size_t)row * depth;
      const size_t at = (size_t)row * stride + column;
      switch (count) {
      case 1: tile(in, depth, weights, bias, 1, epilogue, output, at, stride); break;
      case 2: tile(in, depth, weights, bias, 2, epilogue, output, at, stride); break;
      case 3: tile(in, depth, weights, bias, 3, epilogue, output, at, stride); break;
      case 4: tile(in, depth, weights, bias, 4, epilogue, output, at, stride); break;
      case 5: tile(in, depth, weights, bias, 5, epilogue, output, at, stride); break;
      case 6: tile(in, depth, weights, bias, 6, epilogue, output, at, stride); break;
      case 7: tile(in, depth, weights, bias, 7, epilogue, output, at, stride); break;
      default: tile(in, depth, weights, bias, 8, epilogue, output, at, stride);
      }
      row += count;
    }
  }
}

// MARK: layer normalization

TARGET_BF16 void inference_normalize_bf16(float *residual, void *activations, int rows, const float *gain, const float *bias) {
  float *x = residual;
  uint16_t *narrow = activations;
  for (int row = 0; row < rows; row++, x += HIDDEN, narrow += HIDDEN) {
    __m512 v[HIDDEN / 16], sum = _mm512_setzero_ps(), squares = sum;
    UNROLL for (int j = 0; j < HIDDEN / 16; j++) {
      v[j] = _mm512_loadu_ps(x + 16 * j);
      sum = _mm512_add_ps(sum, v[j]);
    }
    const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / HIDDEN);
    UNROLL for (int j = 0; j < HIDDEN / 16; j++) {
      v[j] = _mm512_sub_ps(v[j], mean);
      squares = _mm512_fmadd_ps(v[j], v[j], squares);
    }
    const __m512 scale = _mm512_set1_ps(1.f / sqrtf(_mm512_reduce_add_ps(squares) / HIDDEN + 1e-12f));
    UNROLL for (int j = 0; j < HIDDEN / 16; j++) {
      __m512 y = _mm512_fmadd_ps(_mm512_mul_ps(v[j], scale), _mm512_loadu_ps(gain + 16 * j), _mm512_loadu_ps(bias + 16 * j));
      _mm512_storeu_ps(x + 16 * j, y);
      store_bf16(narrow + 16 * j, y);
    }
  }
}

// MARK: attention

enum { QUERIES = 8 };

TARGET_BF16 void inference_gather_keys(const uint16_t *k, int length, int padded, uint16_t *keys) {
  enum { STRIDE = 3 * HIDDEN };
  const __m512i rows = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                          _mm512_set1_epi32(STRIDE * sizeof *k));
  for (int j = 0; j < padded; j += 16) {
    const __mmask16 used = lanes(length - j);
    for (int pair = 0; pair < HEAD / 2; pair++) {
      const char *first = (const char *)(k + (size_t)j * STRIDE + 2 * pair);
      _mm512_storeu_si512(keys + (size_t)j * HEAD + pair * 32, _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), used, rows, first, 1));
    }
  }
}

TARGET_BF16 void inference_interleave_values(const uint16_t *v, int length, int padded, uint16_t *values) {
  static const uint16_t order[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                     8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  const size_t stride = 3 * HIDDEN;
  const __m512i low = _mm512_loadu_si512(order), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  for (int j = 0; j < padded; j += 2) {
    __m512i even = j < length ? _mm512_loadu_si512(v + j * stride) : _mm512_setzero_si512();
    __m512i odd = j + 1 < length ? _mm512_loadu_si512(v + (j + 1) * stride) : _mm512_setzero_si512();
    _mm512_storeu_si512(values + (size_t)j * HEAD, _mm512_permutex2var_epi16(even, low, odd));
    _mm512_storeu_si512(values + (size_t)j * HEAD + 32, _mm512_permutex2var_epi16(even, high, odd));
  }
}

TARGET_BF16 static void attend(const void *qkv, int length, int head, void *output, const attention_scratch *scratch) {
  const size_t stride = 3 * HIDDEN;
  const int padded = round_up(length, 16);
  const uint16_t *q = (const uint16_t *)qkv + head * HEAD;
  uint16_t *keys = scratch->keys, *values = scratch->values, *probabilities = scratch->probabilities;
  float *scores = scratch->scores;
  inference_gather_keys(q + HIDDEN, length, padded, keys);
  inference_interleave_values(q + 2 * HIDDEN, length, padded, values);

  for (int first = 0; first < length; first += QUERIES) {
    const int count = length - first < QUERIES ? length - first : QUERIES;
    // A copy with zero rows to the end of the block: the rows after the last belong to another text or to nobody.
    uint16_t queries[QUERIES][HEAD] __attribute__((aligned(64)));
    for (int r = 0; r < QUERIES; r++)
      _mm512_store_si512(queries[r], r < count ? _mm512_loadu_si512(q + (first + r) * stride) : _mm512_setzero_si512());

    __m512 highest[QUERIES];
    UNROLL for (int r = 0; r < QUERIES; r++) highest[r] = _mm512_set1_ps(-1e30f);
    for (int j = 0; j < padded; j += 16) {
      __m512 sum[QUERIES];
      UNROLL for (int r = 0; r < QUERIES; r++) sum[r] = _mm512_setzero_ps();
      for (int pair = 0; pair < HEAD / 2; pair++) {
        const __m512 key = _mm512_loadu_ps(keys + (size_t)j * HEAD + pair * 32);
        UNROLL for (int r = 0; r < QUERIES; r++) sum[r] = DOT_PAIRS(sum[r], broadcast_pair(queries[r] + 2 * pair), key);
      }
      const __mmask16 used = lanes(length - j);
      UNROLL for (int r = 0; r < QUERIES; r++) {
        sum[r] = _mm512_mask_mov_ps(_mm512_set1_ps(-1e30f), used, sum[r]);
        highest[r] = _mm512_max_ps(highest[r], sum[r]);
        _mm512_storeu_ps(scores + (size_t)r * padded + j, sum[r]);
      }
    }

    float inverse[QUERIES];
    UNROLL for (int r = 0; r < QUERIES; r++) {
      inverse[r] = soften_bf16(scores + (size_t)r * padded, length, padded, highest[r], probabilities + (size_t)r * padded);
    }

    __m512 mix[QUERIES][2];
    UNROLL for (int r = 0; r < QUERIES; r++) mix[r][0] = mix[r][1] = _mm512_setzero_ps();
    for (int j = 0; j < padded; j += 2) {
      const __m512 low = _mm512_loadu_ps(values + (size_t)j * HEAD), high = _mm512_loadu_ps(values + (size_t)j * HEAD + 32);
      UNROLL for (int r = 0; r < QUERIES; r++) {
        const __m512 p = broadcast_pair(probabilities + (size_t)r * padded + j);
        mix[r][0] = DOT_PAIRS(mix[r][0], p, low);
        mix[r][1] = DOT_PAIRS(mix[r][1], p, high);
      }
    }
    UNROLL for (int r = 0; r < QUERIES; r++) {
      if (r < count) {
        uint16_t *at = (uint16_t *)output + (size_t)(first + r) * HIDDEN + head * HEAD;
        store_bf16(at, _mm512_mul_ps(mix[r][0], _mm512_set1_ps(inverse[r])));
        store_bf16(at + 16, _mm512_mul_ps(mix[r][1], _mm512_set1_ps(inverse[r])));
      }
    }
  }
}

const kernels inference_kernels_avx512_bf16 = {
  .activation_size = sizeof(uint16_t),
  .panel = PANEL,
  .apply = apply,
  .normalize = inference_normalize_bf16,
  .attend = attend,
};

#endif
