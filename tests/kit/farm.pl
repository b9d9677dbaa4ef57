# Processes that do nothing, and some that come and go, until it is ended. (What it has forked ends
# with its pid namespace.)
#
#   farm.pl FILE IDLE SECONDS [PER_SECOND LIFETIME] [PADDING]
#
# IDLE processes live for SECONDS; FILE is made as soon as they are there. PER_SECOND are born each
# second from then on, live for up to LIFETIME seconds, and FILE gets a byte for each. PADDING makes
# command lines longer.
use strict;
use warnings;
use Time::HiRes qw(sleep time);

my ($path, $idle, $seconds, $per_second, $lifetime) = @ARGV;
$SIG{CHLD} = 'IGNORE';
for (1 .. $idle) {
    if (!fork) { sleep $seconds; exit }
}
open my $file, '>', $path or die "$path: $!\n";
my ($begin, $born) = (time, 0);
while ($per_second) {
    if (!fork) { sleep rand $lifetime if $lifetime; exit }
    syswrite $file, '.';
    my $early = $begin + ++$born / $per_second - time;
    sleep $early if $early > 0;
}
sleep 1 while 1;
