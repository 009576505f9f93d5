// Cholesky in fp32: of one large system, and of many small ones side by side. Included once per
// target by files that use hwy/foreach_target.h.

#if defined(PUNNET_ALS_CHOLESKY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_CHOLESKY_INL_H_
#undef PUNNET_ALS_CHOLESKY_INL_H_
#else
#define PUNNET_ALS_CHOLESKY_INL_H_
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// kBroadcast.lanes[q] has every lane from lane q.
struct BroadcastTable {
  alignas(64) std::int32_t lanes[kLaneCount][kLaneCount];
};
inline constexpr BroadcastTable kBroadcast = [] {
  BroadcastTable table{};
  for (std::size_t q = 0; q < kLaneCount; ++q) {
    for (auto& lane : table.lanes[q]) lane = static_cast<std::int32_t>(q);
  }
  return table;
}();

// A pivot below this part of the diagonal element that it came from is rounding noise for all that
// fp32 can tell.
HWY_INLINE float pivot_tolerance(std::size_t rank) {
  return 4 * static_cast<float>(rank) * 1.1920929e-7F;
}

// ---- One system. A = U^T U, row-major, the upper triangle; `stride` a multiple of 16 ----

inline constexpr std::size_t kPanelRows = 2 * kTileRows;
inline constexpr std::size_t kPanelVectors = (kPanelRows + kLaneCount - 1) / kLaneCount;

// The square on the diagonal at i: U_pp = sqrt(A_pp), row p over U_pp, the rows below minus U_pq
// times row p. Keeps 1 / U_pp in `inverse`. False when a pivot is not safely positive.
HWY_INLINE bool factorize_square(float* HWY_RESTRICT A, std::size_t stride, std::size_t i,
                                 const float* HWY_RESTRICT smallest, float* HWY_RESTRICT inverse) {
  const Lanes d;
  float* square = A + i * stride + i;
  for (std::size_t p = 0; p < kPanelRows; ++p) {
    float* row = square + p * stride;
    const float pivot = row[p];
    // Written so that NaN fails too.
    if (!(pivot > smallest[i + p]) || !(pivot <= 3.0e38F)) return false;
    const float over = 1.0F / std::sqrt(pivot);
    inverse[i + p] = over;
    Vector u[kPanelVectors];
    for (std::size_t v = 0; v < kPanelVectors; ++v) {
      u[v] = hn::Mul(hn::Set(d, over), hn::Load(d, row + v * kLaneCount));
      hn::Store(u[v], d, row + v * kLaneCount);
    }
    for (std::size_t q = p + 1; q < kPanelRows; ++q) {
      float* below = square + q * stride;
      const auto factor = hn::Set(d, row[q]);
      for (std::size_t v = 0; v < kPanelVectors; ++v) {
        float* at = below + v * kLaneCount;
        hn::Store(hn::NegMulAdd(factor, u[v], hn::Load(d, at)), d, at);
      }
    }
  }
  return true;
}

// The rows of the panel at i right of its square: U^-T times them, vector of columns by vector.
HWY_INLINE void solve_panel(float* HWY_RESTRICT A, std::size_t stride, std::size_t i,
                            const float* HWY_RESTRICT inverse) {
  const Lanes d;
  const float* square = A + i * stride + i;
  for (std::size_t j = i + kPanelVectors * kLaneCount; j < stride; j += kLaneCount) {
    float* columns = A + i * stride + j;
    Vector x[kPanelRows];
#pragma GCC unroll 16
    for (std::size_t p = 0; p < kPanelRows; ++p) x[p] = hn::Load(d, columns + p * stride);
#pragma GCC unroll 16
    for (std::size_t p = 0; p < kPanelRows; ++p) {
      x[p] = hn::Mul(x[p], hn::Set(d, inverse[i + p]));
      hn::Store(x[p], d, columns + p * stride);
#pragma GCC unroll 16
      for (std::size_t q = p + 1; q < kPanelRows; ++q) {
        x[q] = hn::NegMulAdd(hn::Set(d, square[p * stride + q]), x[p], x[q]);
      }
    }
  }
}

// Row panel after row panel, each brought up to date with all rows above it at once, so that a tile
// is read and written a single time. Rows from `rank` to `stride` must be those of the identity.
HWY_INLINE bool factorize(float* HWY_RESTRICT A, std::size_t stride, std::size_t rank,
                          float* HWY_RESTRICT smallest, float* HWY_RESTRICT inverse) {
  const float tolerance = pivot_tolerance(rank);
  for (std::size_t i = 0; i < stride; ++i) smallest[i] = tolerance * A[i * stride + i];
  for (std::size_t i = 0; i < stride; i += kPanelRows) {
    if (i > 0) {
      update_rows<TileUpdate::kSubtract, kTileRows>(A, i, stride, i, A, A);
      update_rows<TileUpdate::kSubtract, kTileRows>(A, i, stride, i + kTileRows, A, A);
    }
    if (!factorize_square(A, stride, i, smallest, inverse)) return false;
    solve_panel(A, stride, i, inverse);
  }
  return true;
}

// U^T z = b, block of kLaneCount rows by block. The chain from one unknown to the next is a
// broadcast and one subtraction, with each row divided by its diagonal beforehand.
HWY_INLINE void substitute_forward(const float* HWY_RESTRICT U, std::size_t stride,
                                   const float* HWY_RESTRICT inverse, float* HWY_RESTRICT b) {
  const Lanes d;
  for (std::size_t i = 0; i < stride; i += kLaneCount) {
    Vector known[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    std::size_t p = 0;
    for (; p + 4 <= i; p += 4) {
#pragma GCC unroll 4
      for (std::size_t n = 0; n < 4; ++n) {
        known[n] =
            hn::MulAdd(hn::Set(d, b[p + n]), hn::Load(d, U + (p + n) * stride + i), known[n]);
      }
    }
    for (; p < i; ++p) {
      known[0] = hn::MulAdd(hn::Set(d, b[p]), hn::Load(d, U + p * stride + i), known[0]);
    }
    const auto sum = hn::Add(hn::Add(known[0], known[1]), hn::Add(known[2], known[3]));
    auto z = hn::Sub(hn::Load(d, b + i), sum);
    for (std::size_t q = 0; q < kLaneCount; ++q) {
      const auto row = hn::Mul(hn::Set(d, inverse[i + q]), hn::Load(d, U + (i + q) * stride + i));
      const auto lane = hn::SetTableIndices(d, kBroadcast.lanes[q]);
      z = hn::NegMulAdd(hn::TableLookupLanes(z, lane),
                        hn::IfThenZeroElse(hn::FirstN(d, q + 1), row), z);
    }
    hn::Store(hn::Mul(z, hn::Load(d, inverse + i)), d, b + i);
  }
}

// U x = z
HWY_INLINE void substitute_backward(const float* HWY_RESTRICT U, std::size_t stride,
                                    const float* HWY_RESTRICT inverse, float* HWY_RESTRICT b) {
  for (std::size_t i = stride; i > 0;) {
    i -= kLaneCount;
    float x[kLaneCount];
    for (std::size_t r = 0; r < kLaneCount; r += kDotsAtOnce) {
      float known[kDotsAtOnce] = {};
      dots(U + (i + r) * stride + i + kLaneCount, stride, b + i + kLaneCount,
           stride - i - kLaneCount, known);
      for (std::size_t n = 0; n < kDotsAtOnce; ++n) x[r + n] = b[i + r + n] - known[n];
    }
#pragma GCC unroll 16
    for (std::size_t q = kLaneCount; q-- > 0;) {
      x[q] *= inverse[i + q];
      b[i + q] = x[q];
#pragma GCC unroll 16
      for (std::size_t r = 0; r < q; ++r) x[r] -= U[(i + r) * stride + i + q] * x[q];
    }
  }
}

// b becomes U^-1 U^-T b.
HWY_INLINE void substitute(const float* HWY_RESTRICT U, std::size_t stride,
                           const float* HWY_RESTRICT inverse, float* HWY_RESTRICT b) {
  substitute_forward(U, stride, inverse, b);
  substitute_backward(U, stride, inverse, b);
}

// ---- As many systems as a vector has lanes, element by element in one vector ----

#if HWY_TARGET <= HWY_AVX3
inline constexpr std::size_t kLaneTileColumns = 4;
#else
inline constexpr std::size_t kLaneTileColumns = 2;
#endif
inline constexpr std::size_t kLaneTileRows = 4;

// Where row i of the packed upper triangle would have its column 0.
HWY_INLINE std::size_t packed_row(std::size_t i, std::size_t rank) {
  return i * (2 * rank - i - 1) / 2;
}

#if HWY_TARGET != HWY_SCALAR
// Four columns of four systems, from one row each to one lane each: columns [first, last) of them,
// each to where `place` says.
template <typename Place>
HWY_INLINE void interleave_four(const float* const* HWY_RESTRICT from, std::size_t first,
                                std::size_t last, const Place& place) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const auto a = hn::LoadU(d, from[0]);
  const auto b = hn::LoadU(d, from[1]);
  const auto e = hn::LoadU(d, from[2]);
  const auto f = hn::LoadU(d, from[3]);
  const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
  const auto ef_low = hn::BitCast(pairs, hn::InterleaveLower(d, e, f));
  const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
  const auto ef_high = hn::BitCast(pairs, hn::InterleaveUpper(d, e, f));
  const auto store = [&](std::size_t column, auto values) HWY_ATTR {
    if (column < first || column >= last) return;
    hn::StoreU(hn::BitCast(d, values), d, place(column));
  };
  store(0, hn::InterleaveLower(pairs, ab_low, ef_low));
  store(1, hn::InterleaveUpper(pairs, ab_low, ef_low));
  store(2, hn::InterleaveLower(pairs, ab_high, ef_high));
  store(3, hn::InterleaveUpper(pairs, ab_high, ef_high));
}

#endif

// Systems that are interleaved together.
inline constexpr std::size_t kSystemsAtOnce = HWY_MIN(kLaneCount, 4);

// Columns [first, last) of a row of kSystemsAtOnce systems, each to as many lanes from
// place(column) on.
template <typename Place>
HWY_INLINE void interleave_row(const float* const* HWY_RESTRICT rows, std::size_t first,
                               std::size_t last, const Place& place) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t j = first; j < last; ++j) *place(j) = rows[0][j];
#else
  for (std::size_t j = first / 4 * 4; j < last; j += 4) {
    const float* const from[4] = {rows[0] + j, rows[1] + j, rows[2] + j, rows[3] + j};
    interleave_four(from, first > j ? first - j : 0, last - j,
                    [&](std::size_t column) { return place(j + column); });
  }
#endif
}

// S - sum_p U_pi U_pj for a tile of rows i and columns j of the interleaved triangle.
template <std::size_t kColumns>
HWY_INLINE void update_lane_tile(const float* HWY_RESTRICT S, std::size_t rank, std::size_t i,
                                 std::size_t j, Vector (&sums)[kLaneTileRows][kColumns]) {
  const Lanes d;
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kLaneTileRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t c = 0; c < kColumns; ++c) {
      // Below the diagonal lies nothing; what a tile on the diagonal holds there is not used.
      sums[r][c] = i + r <= j + c ? hn::Load(d, S + (packed_row(i + r, rank) + j + c) * kLaneCount)
                                  : hn::Zero(d);
    }
  }
  for (std::size_t p = 0; p < i; ++p) {
    const float* row = S + packed_row(p, rank) * kLaneCount;
    Vector columns[kColumns];
#pragma GCC unroll 4
    for (std::size_t c = 0; c < kColumns; ++c) {
      columns[c] = hn::Load(d, row + (j + c) * kLaneCount);
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kLaneTileRows; ++r) {
      const auto factor = hn::Load(d, row + (i + r) * kLaneCount);
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kColumns; ++c) {
        sums[r][c] = hn::NegMulAdd(factor, columns[c], sums[r][c]);
      }
    }
  }
}

// Factorises S in place and solves for b (rank vectors). `rank` is a multiple of 4. The result has
// a bit for each lane whose pivots were all safely positive.
HWY_INLINE std::uint64_t solve_lanes(float* HWY_RESTRICT S, std::size_t rank, std::size_t real_rank,
                                     float* HWY_RESTRICT b) {
  const Lanes d;
  const auto tolerance = hn::Set(d, pivot_tolerance(real_rank));
  const auto one = hn::Set(d, 1.0F);
  const auto largest = hn::Set(d, 3.0e38F);
  auto good = hn::Gt(one, hn::Zero(d));
  const auto at = [&](std::size_t i, std::size_t j)
                      HWY_ATTR { return S + (packed_row(i, rank) + j) * kLaneCount; };
  // Inverses of the diagonal take the place of the diagonal.
  for (std::size_t i = 0; i < rank; i += kLaneTileRows) {
    Vector square[kLaneTileRows][kLaneTileRows];
    Vector smallest[kLaneTileRows];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kLaneTileRows; ++r) {
      smallest[r] = hn::Mul(tolerance, hn::Load(d, at(i + r, i + r)));
    }
    update_lane_tile(S, rank, i, i, square);
#pragma GCC unroll 4
    for (std::size_t p = 0; p < kLaneTileRows; ++p) {
      const auto pivot = square[p][p];
      good = hn::And(good, hn::And(hn::Gt(pivot, smallest[p]), hn::Le(pivot, largest)));
      const auto over = hn::Div(one, hn::Sqrt(pivot));
      square[p][p] = over;
#pragma GCC unroll 4
      for (std::size_t c = p + 1; c < kLaneTileRows; ++c)
        square[p][c] = hn::Mul(square[p][c], over);
#pragma GCC unroll 4
      for (std::size_t r = p + 1; r < kLaneTileRows; ++r) {
#pragma GCC unroll 4
        for (std::size_t c = r; c < kLaneTileRows; ++c) {
          square[r][c] = hn::NegMulAdd(square[p][r], square[p][c], square[r][c]);
        }
      }
#pragma GCC unroll 4
      for (std::size_t c = p; c < kLaneTileRows; ++c) hn::Store(square[p][c], d, at(i + p, i + c));
    }
    for (std::size_t j = i + kLaneTileRows; j < rank; j += kLaneTileColumns) {
      Vector tile[kLaneTileRows][kLaneTileColumns];
      update_lane_tile(S, rank, i, j, tile);
#pragma GCC unroll 4
      for (std::size_t p = 0; p < kLaneTileRows; ++p) {
        const auto over = hn::Load(d, at(i + p, i + p));
#pragma GCC unroll 4
        for (std::size_t c = 0; c < kLaneTileColumns; ++c) {
          tile[p][c] = hn::Mul(tile[p][c], over);
          hn::Store(tile[p][c], d, at(i + p, j + c));
        }
#pragma GCC unroll 4
        for (std::size_t r = p + 1; r < kLaneTileRows; ++r) {
          const auto factor = hn::Load(d, at(i + p, i + r));
#pragma GCC unroll 4
          for (std::size_t c = 0; c < kLaneTileColumns; ++c) {
            tile[r][c] = hn::NegMulAdd(factor, tile[p][c], tile[r][c]);
          }
        }
      }
    }
    // U^T z = b
    Vector z[kLaneTileRows];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kLaneTileRows; ++r) z[r] = hn::Load(d, b + (i + r) * kLaneCount);
    for (std::size_t p = 0; p < i; ++p) {
      const auto known = hn::Load(d, b + p * kLaneCount);
      const float* row = at(p, i);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kLaneTileRows; ++r) {
        z[r] = hn::NegMulAdd(hn::Load(d, row + r * kLaneCount), known, z[r]);
      }
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kLaneTileRows; ++r) {
      z[r] = hn::Mul(z[r], square[r][r]);
      hn::Store(z[r], d, b + (i + r) * kLaneCount);
#pragma GCC unroll 4
      for (std::size_t q = r + 1; q < kLaneTileRows; ++q) {
        z[q] = hn::NegMulAdd(square[r][q], z[r], z[q]);
      }
    }
  }
  // U x = z
  for (std::size_t i = rank; i > 0;) {
    i -= kLaneTileRows;
    Vector x[kLaneTileRows];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kLaneTileRows; ++r) x[r] = hn::Load(d, b + (i + r) * kLaneCount);
    for (std::size_t j = i + kLaneTileRows; j < rank; ++j) {
      const auto known = hn::Load(d, b + j * kLaneCount);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kLaneTileRows; ++r) {
        x[r] = hn::NegMulAdd(hn::Load(d, at(i + r, j)), known, x[r]);
      }
    }
#pragma GCC unroll 4
    for (std::size_t r = kLaneTileRows; r-- > 0;) {
      x[r] = hn::Mul(x[r], hn::Load(d, at(i + r, i + r)));
      hn::Store(x[r], d, b + (i + r) * kLaneCount);
#pragma GCC unroll 4
      for (std::size_t q = 0; q < r; ++q) {
        x[q] = hn::NegMulAdd(hn::Load(d, at(i + q, i + r)), x[r], x[q]);
      }
    }
  }
  std::uint8_t bits[8] = {};
  hn::StoreMaskBits(d, good, bits);
  return bits[0] | static_cast<std::uint64_t>(bits[1]) << 8;
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_CHOLESKY_INL_H_
