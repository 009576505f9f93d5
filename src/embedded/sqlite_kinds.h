#pragma once

#include "embedded/sqlite_database.h"

namespace punnet {

// The upper half of every application id of punnet is "Pu".
constexpr std::int32_t kPunnetMark = 0x5075'0000;

/// Events in topics and partitions.
inline constexpr SqliteKind kEventsKind{.name = "the event log",
                                        .application_id = kPunnetMark | 0x4576,  // "Ev"
                                        .version = 1,
                                        .schema = R"sql(
      CREATE TABLE topics (
        topic_id INTEGER PRIMARY KEY,  -- short, for the rows of events
        id TEXT NOT NULL UNIQUE,       -- random, never used again
        name TEXT NOT NULL UNIQUE,
        partitions INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE partitions (
        topic_id INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (topic_id, partition)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE events (
        topic_id INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        "offset" INTEGER NOT NULL,
        ts INTEGER NOT NULL,  -- microseconds since 1970, UTC
        key ANY,              -- text, or a blob where it holds a NUL byte
        value ANY NOT NULL,   -- likewise
        headers TEXT,         -- lines "name=value"
        PRIMARY KEY (topic_id, partition, "offset")
      ) STRICT, WITHOUT ROWID;)sql",
                                        .durable = true,
                                        .option = "[events] uri"};

/// How far groups have come.
inline constexpr SqliteKind kOffsetsKind{
    .name = "the offsets of an event log",
    .application_id = kPunnetMark | 0x4f66,  // "Of"
    .version = 1,
    .schema = R"sql(
      CREATE TABLE committed_offsets (
        group_name TEXT NOT NULL,
        topic_id TEXT NOT NULL,  -- topics.id of the event log
        partition INTEGER NOT NULL,
        topic_name TEXT NOT NULL,
        next_offset INTEGER NOT NULL,
        ts INTEGER NOT NULL,  -- microseconds since 1970, UTC
        PRIMARY KEY (group_name, topic_id, partition)
      ) STRICT, WITHOUT ROWID;)sql",
    .durable = false,  // nothing reads them back that would go wrong
    .option = "[events] uri"};

/// Features, histories and lists.
inline constexpr SqliteKind kTablesKind{.name = "the tables",
                                        .application_id = kPunnetMark | 0x5462,  // "Tb"
                                        .version = 1,
                                        .schema = R"sql(
      CREATE TABLE item_features (
        item_id INTEGER PRIMARY KEY,
        department TEXT NOT NULL,
        category TEXT NOT NULL
      ) STRICT;
      CREATE TABLE items (
        item_id INTEGER PRIMARY KEY,
        name TEXT NOT NULL
      ) STRICT;
      CREATE TABLE own_purchases (
        user_id INTEGER PRIMARY KEY,
        item_ids BLOB NOT NULL  -- ascending int64, little-endian
      ) STRICT;
      CREATE TABLE histories (
        user_id INTEGER PRIMARY KEY,
        -- per item, ascending: item id, count, last time in microseconds since 1970 (the smallest
        -- int64 where unknown); int64, little-endian
        entries BLOB NOT NULL
      ) STRICT;
      CREATE TABLE history_positions (
        topic_id TEXT NOT NULL,
        partition INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (topic_id, partition)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE baselines (
        name TEXT PRIMARY KEY,
        item_ids TEXT NOT NULL  -- JSON array
      ) STRICT;
      CREATE TABLE recommendations (
        user_id INTEGER PRIMARY KEY,
        item_ids TEXT NOT NULL,  -- JSON array, best first
        source TEXT NOT NULL,
        model_version TEXT NOT NULL,
        partition INTEGER NOT NULL,
        "offset" INTEGER NOT NULL
      ) STRICT;)sql",
                                        .durable = true,
                                        .option = "[tables] uri"};

}  // namespace punnet
