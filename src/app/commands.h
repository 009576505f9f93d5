#pragma once

#include <memory>
#include <vector>

#include "app/command.h"

namespace punnet {

std::unique_ptr<Command> make_generate_command();
std::unique_ptr<Command> make_prepare_command();
std::unique_ptr<Command> make_split_command();
std::unique_ptr<Command> make_load_command();
std::unique_ptr<Command> make_publish_command();
std::unique_ptr<Command> make_tail_command();
std::unique_ptr<Command> make_stream_command();
std::unique_ptr<Command> make_train_command();
std::unique_ptr<Command> make_retrain_command();
std::unique_ptr<Command> make_evaluate_command();
std::unique_ptr<Command> make_recommend_command();
std::unique_ptr<Command> make_model_list_command();
std::unique_ptr<Command> make_model_promote_command();
std::unique_ptr<Command> make_model_rollback_command();
std::unique_ptr<Command> make_model_inspect_command();
std::unique_ptr<Command> make_model_diff_command();
std::unique_ptr<Command> make_model_predict_command();
std::unique_ptr<Command> make_model_convert_command();
std::unique_ptr<Command> make_verify_command();
std::unique_ptr<Command> make_compact_command();
std::unique_ptr<Command> make_vacuum_command();
std::unique_ptr<Command> make_snapshot_command();
std::unique_ptr<Command> make_files_ls_command();
std::unique_ptr<Command> make_files_du_command();
std::unique_ptr<Command> make_files_put_command();
std::unique_ptr<Command> make_files_get_command();
std::unique_ptr<Command> make_files_rm_command();
std::unique_ptr<Command> make_config_default_command();
std::unique_ptr<Command> make_config_show_command();
std::unique_ptr<Command> make_config_check_command();
std::unique_ptr<Command> make_doctor_command();

/// All commands, in the order of help.
std::vector<std::unique_ptr<Command>> make_commands();

}  // namespace punnet
