# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154  # the scripts are expanded by the shell of try; the world is set by compare.sh
#
# The commands of podman that compare.sh runs, for sourcing: one row each, in the world and with the runtime that are
# set. A row's name ends with the status that is right, in parentheses, if that is not zero.

podman_rows() {
  running_rows
  life_rows
  limit_rows
  other_rows
  checkpoint_rows
}

running_rows() {
  sh_try "run" 'p run --rm --rootfs $tree sh -c "echo out; echo err >&2"'
  sh_try "run, exit status (7)" 'p run --rm --rootfs $tree sh -c "exit 7"'
  sh_try "run, no such command (127)" 'p run --rm --rootfs $tree /no/such/command'
  sh_try "run, no executable (126)" 'p run --rm --rootfs $tree /etc/passwd'
  sh_try "run -i" 'echo words | p run --rm -i --rootfs $tree cat'
  sh_try "run -t" 'tty run --rm -t --rootfs $tree sh -c "test -t 0 && test -t 1 && echo terminal"'
  sh_try "run -it, exit status (5)" 'tty run --rm -it --rootfs $tree sh -c "test -t 0 && exit 5"'
  sh_try "run -d" 'p run -d --name bg --rootfs $tree sh -c "echo logged; echo badly >&2; exec sleep 1000"'
  sh_try "exec" 'p exec bg echo there'
  sh_try "exec -i" 'echo words | p exec -i bg cat'
  sh_try "exec -t" 'tty exec -t bg sh -c "test -t 1 && echo terminal"'
  sh_try "exec -d" 'p exec -d bg sh -c "echo made >/tmp/made"; until p exec bg cat /tmp/made 2>/dev/null; do :; done'
  sh_try "exec, exit status (9)" 'p exec bg sh -c "exit 9"'
  sh_try "exec, no such command (127)" 'p exec bg /no/such/command'
  sh_try "exec, user, directory, variable" 'p exec -u 12:34 -w /tmp -e A=b bg sh -c "id -u; id -g; pwd; echo \$A"'
  sh_try "top" 'p top bg user args'
  sh_try "stats" 'p stats --no-stream --format "{{.Name}} {{.PIDs}}" bg'
  sh_try "logs" 'p logs bg 2>&1 | sort'
  sh_try "inspect" 'p inspect --format "{{.State.Status}} {{.State.Paused}} {{.State.Running}}" bg'
  sh_try "pause" 'p pause bg; p inspect --format "{{.State.Status}}" bg'
  sh_try "exec in a paused container (255)" 'p exec bg true'
  sh_try "unpause" 'p unpause bg; p inspect --format "{{.State.Status}}" bg; p exec bg echo again'
  sh_try "update --memory" 'p update --memory 64m bg; p exec bg true'
}

life_rows() {
  sh_try "stop" 'p stop --time 0 bg; p inspect --format "{{.State.Status}} {{.State.ExitCode}}" bg'
  sh_try "start" 'p start bg; p exec bg echo up'
  sh_try "restart" 'p restart --time 0 bg; p exec bg echo up'
  sh_try "kill" 'p kill --signal KILL bg; p wait bg'
  sh_try "rm" 'p rm bg; p ps --all --quiet'
  sh_try "create" 'p create --name made --rootfs $tree sh -c "exit 3"; p inspect --format "{{.State.Status}}" made'
  sh_try "start --attach (3)" 'p start --attach made'
  sh_try "wait" 'p wait made'
  sh_try "rm a stopped one" 'p rm made'
  sh_try "rm an unknown one (1)" 'p rm nobody'
  sh_try "rm --force" 'p run -d --name forced --rootfs $tree sleep 1000; p rm --force --time 0 forced'
}

limit_rows() {
  sh_try "run --memory" 'p run --rm --memory 32m --rootfs $tree true'
  sh_try "run --pids-limit" 'p run --rm --pids-limit 50 --rootfs $tree true'
  sh_try "run --cpus" 'p run --rm --cpus 0.5 --rootfs $tree true'
  sh_try "run, out of memory (137)" 'p run --rm --memory 16m --memory-swap 16m --rootfs $tree sh -c "exec tail /dev/zero"'
  sh_try "run --cap-drop" 'p run --rm --cap-drop all --rootfs $tree grep CapEff /proc/self/status'
  sh_try "run --cap-add" 'p run --rm --cap-add SYS_TIME --rootfs $tree grep CapEff /proc/self/status'
  sh_try "run --user" 'p run --rm --user 12:34 --rootfs $tree id'
  sh_try "run --read-only" 'p run --rm --read-only --rootfs $tree sh -c "touch /x 2>&1; true"'
  sh_try "run --ulimit" 'p run --rm --ulimit nofile=100:100 --ulimit nproc=1024:1024 --rootfs $tree sh -c "ulimit -n"'
}

other_rows() {
  sh_try "volume" 'mkdir -p "$world/v"; p run --rm -v "$world/v:/v" --rootfs $tree sh -c "echo kept >/v/f"; cat "$world/v/f"'
  sh_try "named volume" 'p volume create vol; p run --rm -v vol:/v --rootfs $tree sh -c "echo kept >/v/f; cat /v/f"; p volume rm vol'
  sh_try "run --preserve-fds" 'echo handed >"$world/fd"; exec 3<"$world/fd"; p run --rm --preserve-fds 1 --rootfs $tree sh -c "cat <&3"'
  sh_try "run --init" 'p run --rm --init --init-path "$scratch/init" --rootfs $tree sh -c "echo below"'
  sh_try "pod" 'p pod create --infra=false --name pod; p run --rm --pod pod --rootfs $tree echo in the pod; p pod rm --force pod'
  sh_try "hostname" 'p run --rm --hostname house --rootfs $tree hostname'
  sh_try "info" 'p info --format "{{.Host.OCIRuntime.Path}}"'
  sh_try "import and run" 'tar -C "$scratch/tree" -c . | p import - localhost/bb:1 >/dev/null; p run --rm localhost/bb:1 echo hi'
  sh_try "run --uidmap" 'p run --rm --uidmap 0:100000:1000 --gidmap 0:100000:1000 localhost/bb:1 cat /proc/self/uid_map'
}

checkpoint_rows() {
  # Written aside and renamed, so never empty.
  local count='i=0; while :; do i=\$((i + 1)); echo \$i >/new; mv /new /count; sleep 0.1; done'
  sh_try "run -d, to be checkpointed" "p run -d --name cp localhost/bb:1 sh -c \"$count\" >/dev/null; until p exec cp test -s /count; do :; done"
  sh_try "checkpoint" 'p container checkpoint cp; p inspect --format "{{.State.Status}} {{.State.Checkpointed}}" cp'
  sh_try "restore" 'p container restore cp; p inspect --format "{{.State.Status}}" cp; p exec cp test -s /count'
  sh_try "checkpoint --leave-running" 'p container checkpoint --leave-running cp; p inspect --format "{{.State.Status}}" cp'
  sh_try "checkpoint --export" 'p container checkpoint --export "$world/cp.tar.gz" cp; test -s "$world/cp.tar.gz"'
  sh_try "restore under a new name" 'p container restore --import "$world/cp.tar.gz" --name cp2; p exec cp2 test -s /count; p inspect --format "{{.State.Status}}" cp2'
  sh_try "rm what was restored" 'p rm --force --time 0 cp cp2 | sort; p ps --all --quiet'
}
