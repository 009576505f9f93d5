#include "app/commands.h"

namespace punnet {

std::vector<std::unique_ptr<Command>> make_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_generate_command());
  commands.push_back(make_prepare_command());
  commands.push_back(make_split_command());
  commands.push_back(make_load_command());
  commands.push_back(make_publish_command());
  commands.push_back(make_tail_command());
  commands.push_back(make_stream_command());
  commands.push_back(make_train_command());
  commands.push_back(make_retrain_command());
  commands.push_back(make_evaluate_command());
  commands.push_back(make_recommend_command());
  commands.push_back(make_model_list_command());
  commands.push_back(make_model_promote_command());
  commands.push_back(make_model_rollback_command());
  commands.push_back(make_model_inspect_command());
  commands.push_back(make_model_diff_command());
  commands.push_back(make_model_predict_command());
  commands.push_back(make_model_convert_command());
  commands.push_back(make_verify_command());
  commands.push_back(make_compact_command());
  commands.push_back(make_vacuum_command());
  commands.push_back(make_snapshot_command());
  commands.push_back(make_files_ls_command());
  commands.push_back(make_files_du_command());
  commands.push_back(make_files_put_command());
  commands.push_back(make_files_get_command());
  commands.push_back(make_files_rm_command());
  commands.push_back(make_config_default_command());
  commands.push_back(make_config_show_command());
  commands.push_back(make_config_check_command());
  commands.push_back(make_doctor_command());
  return commands;
}

}  // namespace punnet
