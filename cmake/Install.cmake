# The program, the Arrow libraries that it loads, and the licences. The tree can be moved: every path is relative.

set_target_properties(punnet PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/punnet")
install(TARGETS punnet RUNTIME DESTINATION bin)

foreach(library IN ITEMS parquet arrow)
  install(
    FILES ${PyArrow_LIBRARY_DIR}/lib${library}.so.${PyArrow_SO_VERSION}
    DESTINATION lib/punnet
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
if(RdKafka_FOUND)
  install(
    FILES ${RdKafka_LIBRARY}
    DESTINATION lib/punnet
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  install(
    FILES ${RdKafka_LICENSE}
    DESTINATION lib/punnet
    RENAME LICENSE.librdkafka.txt)
endif()
foreach(text IN ITEMS LICENSE NOTICE)
  install(
    FILES ${PyArrow_LICENSE_DIR}/${text}.txt
    DESTINATION lib/punnet
    RENAME ${text}.arrow.txt)
endforeach()

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION share/doc/punnet)
if(PUNNET_CLUSTER_FOUND)
  install(FILES ${PROJECT_SOURCE_DIR}/bridge/LICENSES-of-crates.txt DESTINATION share/doc/punnet)
endif()
