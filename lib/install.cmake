# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` installs of the libraries. Components: library, systemd, development, and of cli/ command.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/crunc)

# install_library(TARGET EXPORT NAME COMPONENT): a library with its headers, and as imported target crunc::NAME, which is
# in the export set of that linkage.
function(install_library target export name component)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  get_target_property(sets ${target} HEADER_SETS)
  set(headers INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  if(sets)
    set(headers FILE_SET HEADERS COMPONENT development)
  endif()
  install(TARGETS ${target} EXPORT ${export}
    LIBRARY COMPONENT ${component} NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development
    ${headers})
  install(EXPORT ${export} NAMESPACE crunc:: DESTINATION ${package_dir} COMPONENT development)
endfunction()

if(BUILD_SHARED_LIBS)
  install_library(crunc crunc-shared-targets crunc library)
  set_target_properties(crunc_archive PROPERTIES EXCLUDE_FROM_ALL OFF)
  install_library(crunc_archive crunc-static-targets crunc development)
else()
  install_library(crunc crunc-static-targets crunc development)
endif()
if(TARGET crunc_systemd AND BUILD_SHARED_LIBS)
  install_library(crunc_systemd crunc-systemd-shared-targets systemd systemd)
  set_target_properties(crunc_systemd_archive PROPERTIES EXCLUDE_FROM_ALL OFF)
  install_library(crunc_systemd_archive crunc-systemd-static-targets systemd development)
elseif(TARGET crunc_systemd)
  install_library(crunc_systemd crunc-systemd-static-targets systemd development)
endif()

configure_package_config_file(crunc-config.cmake.in crunc-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/crunc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crunc-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/crunc-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)

# pkg-config: found from where the .pc file is, so that a tree can be moved, and be installed under another prefix.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pc_boost_flags "")
if(NOT Boost_INCLUDE_DIRS STREQUAL "/usr/include")
  set(pc_boost_flags " -I${Boost_INCLUDE_DIRS}")
endif()
set(pc_boost_libraries "")
get_target_property(boost_json_place Boost::json LOCATION)
get_filename_component(boost_json_place "${boost_json_place}" DIRECTORY)
if(NOT boost_json_place IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(pc_boost_libraries "-L${boost_json_place} ")
endif()
set(pc_files crunc.pc)
if(TARGET crunc_systemd)
  list(APPEND pc_files crunc-systemd.pc)
endif()
foreach(pc_file IN LISTS pc_files)
  configure_file(${pc_file}.in ${pc_file} @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${pc_file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
