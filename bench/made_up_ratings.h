#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/ratings_file.h"

namespace punnet {

/// The outline of a data set: how many of what, and how unevenly.
struct RatingsShape {
  std::size_t users = 0;
  std::size_t items = 0;
  std::size_t entries = 0;      ///< about; users have different items only
  double spread_of_users = 0;   ///< standard deviation of the logarithm of a user's number of items
  double head_of_items = 0;     ///< an item's weight is 1 / (its place by popularity + this)
  double spread_of_values = 0;  ///< zero: all ratings are 1; else 1 + |normal| times this
};

/// MovieLens 20M, the ratings of four stars and more, as what was liked: 137 k users, 20 k items,
/// 10 M entries.
RatingsShape ml_20m_shape();

/// Last.fm 360K: 359 k users, 292 k artists, 17.5 M entries, plays on a logarithmic scale.
RatingsShape lastfm_360k_shape();

/// Ratings of a shape, the same for the same seed on every machine. Half of what a user has comes
/// from what everybody has, half from one of 64 tastes, so that there is something to learn.
RatingsFile made_up_ratings(const RatingsShape& shape, std::uint64_t seed);

}  // namespace punnet
