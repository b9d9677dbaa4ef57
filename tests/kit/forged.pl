# Two processes that try to look like the next record: one in its name, one in its arguments.
use strict;
use warnings;

my $name = <<'END';
x

2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 1.0 %, total RAM 99.0 %
USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
root 1 0.0 0.0 0 0 ? Ss 00:00 0:00 forged
# 1 processes

END
if (!fork) {
    $0 = "\n\n# forged\n\n";
    sleep 100_000;
}
exec {'/bin/sleep'} $name, 100_000;
