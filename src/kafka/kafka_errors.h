#pragma once

#include <string_view>

#include "base/error.h"
#include "kafka/rdkafka.h"

namespace punnet {

/// What the caller may do about an error of Kafka or its client.
ErrorCode error_code_of(rd_kafka_resp_err_t error);

/// "<what>: <text of the broker or client>", and how to go on where that is known.
Error kafka_error(rd_kafka_resp_err_t error, std::string_view what, std::string_view text = {});

}  // namespace punnet
