#include "kernels.h"

#if defined(__x86_64__)

#include "bfloat16.h"

// Matrix products on the tile unit, which multiplies bfloat16 eight times as fast as the vector unit.

#define TARGET_AMX __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))

enum { PANEL = 32, TILE_ROWS = 16, BLOCK = 32, DEPTH = 32 };

// The operand of LDTILECFG (Intel SDM, volume 2): palette 1, bytes a row and rows of each tile.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

// MARK: tiles

// All eight tiles have 16 rows of 64 bytes: 16 sums, or 32 values of bfloat16.
TARGET_AMX static void configure_tiles(void) {
  tile_configuration configuration = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    configuration.row_bytes[t] = 64;
    configuration.rows[t] = TILE_ROWS;
  }
  _tile_loadconfig(&configuration);
}

// MARK: linear layers

// Tiles 0 to 3 are the sums of a 32 x 32 block, 4 and 5 the inputs, 6 and 7 the weights.
TARGET_AMX static void multiply(const uint16_t *input, int depth, const uint16_t *weights, int full, float *block) {
  const long stride = (long)depth * 2;
  _tile_zero(0);
  _tile_zero(1);
  if (full) {
    _tile_zero(2);
    _tile_zero(3);
    for (int k = 0; k < depth; k += DEPTH) {
      _tile_loadd(6, weights + (size_t)k * PANEL, PANEL * 4);
      _tile_loadd(7, weights + (size_t)k * PANEL + 32, PANEL * 4);
      _tile_loadd(4, input + k, stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, input + (size_t)TILE_ROWS * depth + k, stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(2, block + TILE_ROWS * PANEL, PANEL * 4);
    _tile_stored(3, block + TILE_ROWS * PANEL + 16, PANEL * 4);
  } else {
    for (int k = 0; k < depth; k += DEPTH) {
      _tile_loadd(6, weights + (size_t)k * PANEL, PANEL * 4);
      _tile_loadd(7, weights + (size_t)k * PANEL + 32, PANEL * 4);
      _tile_loadd(4, input + k, stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
    }
  }
  _tile_stored(0, block, PANEL * 4);
  _tile_stored(1, block + 16, PANEL * 4);
}

TARGET_AMX static void apply(const linear *layer, const void *input, int rows, epilogue epilogue, void *output) {
  configure_tiles();
  const int depth = layer->inputs, stride = layer->outputs;
  float block[BLOCK * PANEL] __attribute__((aligned(64)));
  for (int column = 0; column < layer->outputs; column += PANEL) {
    const uint16_t *weights = (const uint16_t *)layer->weights + (size_t)column * depth;
    const __m512 bias[2] = {_mm512_loadu_ps(layer->bias + column), _mm512_loadu_ps(layer->bias + column + 16)};
    for (int row = 0; row < rows; row += BLOCK) {
      const int left = rows - row, count = left < BLOCK ? left : BLOCK;
      multiply((const uint16_t *)input + (size_t)row * depth, depth, weights, count > TILE_ROWS, block);
      for (int r = 0; r < count; r++) {
        UNROLL for (int j = 0; j < 2; j++) {
          __m512 y = _mm512_add_ps(_mm512_load_ps(block + r * PANEL + 16 * j), bias[j]);
          finish_bf16(y, epilogue, output, (size_t)(row + r) * stride + column + 16 * j);
        }
      }
    }
  }
  // Tiles in use make every switch of threads save 8 KB.
  _tile_release();
}

// MARK: attention

TARGET_AMX static void attend(const void *qkv, int length, int head, void *output, const attention_scratch *scratch) {
  const size_t stride = 3 * HIDDEN;
  const int padded = round_up(length, DEPTH);
  const uint16_t *q = (const uint16_t *)qkv + head * HEAD;
  uint16_t *keys = scratch->keys, *values = scratch->values, *probabilities = scratch->probabilities;
  float *scores = scratch->scores;
  inference_gather_keys(q + HIDDEN, length, padded, keys);
  inference_interleave_values(q + 2 * HIDDEN, length, padded, values);
  configure_tiles();

  for (int first = 0; first < length; first += TILE_ROWS) {
    const int count = length - first < TILE_ROWS ? length - first : TILE_ROWS;
    // Rows past the last are the next text's, or slack; nothing is stored for them.
    _tile_loadd(4, q + first * stride, stride * sizeof *q);
    for (int j = 0; j < padded; j += 2 * TILE_ROWS) {
      _tile_loadd(6, keys + (size_t)j * HEAD, 64);
      _tile_loadd(7, keys + (size_t)(j + TILE_ROWS) * HEAD, 64);
      _tile_zero(0);
      _tile_zero(1);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_stored(0, scores + j, padded * sizeof *scores);
      _tile_stored(1, scores + j + TILE_ROWS, padded * sizeof *scores);
    }

    float inverse[TILE_ROWS];
    for (int r = 0; r < count; r++) {
      const float *row = scores + (size_t)r * padded;
      __m512 highest = _mm512_set1_ps(-1e30f);
      for (int j = 0; j < padded; j += 16) highest = _mm512_mask_max_ps(highest, lanes(length - j), highest, _mm512_loadu_ps(row + j));
      inverse[r] = soften_bf16(row, length, padded, highest, probabilities + (size_t)r * padded);
    }

    _tile_zero(2);
    _tile_zero(3);
    for (int j = 0; j < padded; j += DEPTH) {
      _tile_loadd(5, probabilities + j, padded * sizeof *probabilities);
      _tile_loadd(6, values + (size_t)j * HEAD, 128);
      _tile_loadd(7, values + (size_t)j * HEAD + 32, 128);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    float mix[TILE_ROWS * HEAD] __attribute__((aligned(64)));
    _tile_stored(2, mix, HEAD * sizeof *mix);
    _tile_stored(3, mix + 16, HEAD * sizeof *mix);
    for (int r = 0; r < count; r++) {
      uint16_t *at = (uint16_t *)output + (size_t)(first + r) * HIDDEN + head * HEAD;
      const __m512 scale = _mm512_set1_ps(inverse[r]);
      store_bf16(at, _mm512_mul_ps(_mm512_load_ps(mix + r * HEAD), scale));
      store_bf16(at + 16, _mm512_mul_ps(_mm512_load_ps(mix + r * HEAD + 16), scale));
    }
  }
  _tile_release();
}

const kernels inference_kernels_amx_bf16 = {
  .activation_size = sizeof(uint16_t),
  .panel = PANEL,
  .apply = apply,
  .normalize = inference_normalize_bf16,
  .attend = attend,
};

#endif
