#pragma once

#include <immintrin.h>
#include <stdint.h>

// What the bfloat16 kernels share: conversions, vector functions, normalization, and the layout of attention's operands.

#define TARGET_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#define INLINE_BF16 static inline __attribute__((always_inline)) TARGET_BF16
#define UNROLL _Pragma("clang loop unroll(full)")
#define DOT_PAIRS(sum, a, b) _mm512_dpbf16_ps(sum, (__m512bh)(a), (__m512bh)(b))

INLINE_BF16 void store_bf16(uint16_t *at, __m512 value) { _mm256_storeu_si256((__m256i *)at, (__m256i)_mm512_cvtneps_pbh(value)); }

// Two neighboring values in every lane.
INLINE_BF16 __m512 broadcast_pair(const uint16_t *at) {
  int pair;
  __builtin_memcpy(&pair, at, sizeof pair);
  return (__m512)_mm512_set1_epi32(pair);
}

// The lanes of a vector that `count` values, perhaps none or more than 16, fill.
INLINE_BF16 __mmask16 lanes(int count) { return count >= 16 ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1); }

INLINE_BF16 __m512 exponential_bf16(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-87.f));
  __m512 scaled = _mm512_mul_ps(x, _mm512_set1_ps(1.44269504f));
  __m512 rounded = _mm512_roundscale_ps(scaled, 8), f = _mm512_sub_ps(scaled, rounded);
  __m512 p = _mm512_set1_ps(1.3333558e-3f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.6181291e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5504109e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.f));
  return _mm512_scalef_ps(p, rounded);
}

// GELU with the error function (Abramowitz and Stegun 7.1.26, error below 2e-7); one Newton step refines the reciprocal.
INLINE_BF16 __m512 gelu_bf16(__m512 x) {
  __m512 z = _mm512_abs_ps(_mm512_mul_ps(x, _mm512_set1_ps(0.70710678f)));
  __m512 d = _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911f), _mm512_set1_ps(1.f));
  __m512 t = _mm512_rcp14_ps(d);
  t = _mm512_mul_ps(t, _mm512_fnmadd_ps(d, t, _mm512_set1_ps(2.f)));
  __m512 p = _mm512_set1_ps(1.061405429f);
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
  p = _mm512_mul_ps(p, t);
  __m512 e = exponential_bf16(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z)));
  __m512 erf = _mm512_fnmadd_ps(p, e, _mm512_set1_ps(1.f));
  __m512 half = _mm512_mul_ps(_mm512_set1_ps(0.5f), x);
  return _mm512_fmadd_ps(_mm512_abs_ps(half), erf, half);
}

void inference_normalize_bf16(float *residual, void *activations, int rows, const float *gain, const float *bias);

// The keys of 16 tokens side by side in pairs of dimensions: [padded / 16][HEAD / 2][16][2], zeros from `length` to `padded`.
void inference_gather_keys(const uint16_t *k, int length, int padded, uint16_t *keys);
// The values of two tokens interleaved, for products that sum over pairs of tokens: [padded / 2][HEAD][2], zeros likewise.
void inference_interleave_values(const uint16_t *v, int length, int padded, uint16_t *values);

// 16 outputs of one row, bias included, through the epilogue to `place`.
INLINE_BF16 void finish_bf16(__m512 y, epilogue epilogue, void *output, size_t place) {
  if (epilogue == STORE_GELU) {
    store_bf16((uint16_t *)output + place, gelu_bf16(y));
  } else if (epilogue == STORE) {
    store_bf16((uint16_t *)output + place, y);
  } else {
    float *residual = (float *)output + place;
    _mm512_storeu_ps(residual, _mm512_add_ps(y, _mm512_loadu_ps(residual)));
  }
}

// Scores of one query to probabilities that still lack the division by their sum, which is returned inverted. `highest` has
// the greatest score of each lane.
INLINE_BF16 float soften_bf16(const float *scores, int length, int padded, __m512 highest, uint16_t *probabilities) {
  const __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
  __m512 sum = _mm512_setzero_ps();
  for (int j = 0; j < padded; j += 16) {
    __m512 e = exponential_bf16(_mm512_sub_ps(_mm512_loadu_ps(scores + j), top));
    e = _mm512_maskz_mov_ps(lanes(length - j), e);
    sum = _mm512_add_ps(sum, e);
    store_bf16(probabilities + j, e);
  }
  return 1.f / _mm512_reduce_add_ps(sum);
}
