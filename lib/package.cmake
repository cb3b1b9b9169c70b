# SPDX-License-Identifier: Apache-2.0
# Debian packages, one for each component of the installation: `cmake --workflow --preset package`. The maintainer is
# who DEBFULLNAME and DEBEMAIL name, as with Debian's own tools.

set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
if(maintainer STREQUAL " <>")
  set(maintainer "The crunc authors <nobody@nowhere.invalid>")
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${maintainer})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each has its own, the first line of its description
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE crunc)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)

set(boost ${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR})
set(abi ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_COMPONENTS_ALL development)
if(BUILD_SHARED_LIBS)
  list(APPEND CPACK_COMPONENTS_ALL library)
endif()
if(CRUNC_BUILD_CLI)
  list(APPEND CPACK_COMPONENTS_ALL command)
endif()
if(BUILD_SHARED_LIBS AND TARGET crunc_systemd)
  list(APPEND CPACK_COMPONENTS_ALL systemd)
endif()

# Within a soname any later version serves (decision 11); crunc's own packages are of one version with each other.
file(WRITE ${PROJECT_BINARY_DIR}/packages/triggers "activate-noawait ldconfig\n")
foreach(component IN ITEMS LIBRARY SYSTEMD)
  set(CPACK_DEBIAN_${component}_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_${component}_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/packages/triggers)
endforeach()
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libcrunc${abi})
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "library that drives OCI container runtimes
libcrunc calls runc, crun or youki: every verb with its options as types,
blocking and asynchronous, with deadlines and errors that have kinds. It
supervises containers, and reads and changes their cgroups itself.")

set(CPACK_DEBIAN_SYSTEMD_PACKAGE_NAME libcrunc-systemd${abi})
set(CPACK_COMPONENT_SYSTEMD_DEPENDS library)
set(CPACK_COMPONENT_SYSTEMD_DESCRIPTION "library that drives OCI container runtimes - systemd
libcrunc-systemd asks systemd by its bus for the scopes and slices that
libcrunc's cgroups are in. Only programs that want them need it.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcrunc-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS libboost${boost}-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS libboost-json${boost}-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "cmake, pkgconf, libsystemd-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS ${CPACK_COMPONENTS_ALL})
list(REMOVE_ITEM CPACK_COMPONENT_DEVELOPMENT_DEPENDS development command)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "library that drives OCI container runtimes - development
Headers of libcrunc and libcrunc-systemd, what CMake and pkg-config want to
know of them, and their archives, for which Boost.JSON's is needed, too.")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME crunc)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS "runc | crun")
if(NOT CRUNC_COMMAND_IS_STATIC)
  set(CPACK_COMPONENT_COMMAND_DEPENDS library)
endif()
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "command in the place of runc's, for people and programs
crunc takes runc's command line and hands its output and exit status through.
For people it has live statistics, events of any runtime, waiting, checks of
the machine, more formats, hints, completion and manual pages.")

# What Debian wants beside what is installed elsewhere, too.
set(CRUNC_PACKAGE_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CRUNC_PACKAGE_MAINTAINER ${maintainer})
string(TIMESTAMP CRUNC_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  list(APPEND CRUNC_PACKAGE_NAMES ${component}=${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
endforeach()
configure_file(lib/package-files.cmake.in package-files.cmake @ONLY)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_BINARY_DIR}/package-files.cmake)
include(CPack)
