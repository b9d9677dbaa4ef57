# Does to memory what it is told, line by line, each a call of a function below; answers "done".
#
#   eater.pl NAME     NAME: what the process is called
use strict;
use warnings;

my $amd64 = `uname -m` =~ /x86_64/;
my @memory;

open my $zero, '<', '/dev/zero' or die "/dev/zero: $!\n";
open my $adj, '>', '/proc/self/oom_score_adj' or die "oom_score_adj: $!\n";
print {$adj} 1000;    # the first to be killed if memory runs out
close $adj;

# Takes memory of its own, and fills it.
sub eat {
    my $left = $_[0] << 20;
    while ($left > 0) { $left -= sysread $zero, $memory[@memory], 1 << 20 }
}

# Makes all of it available, by MADV_FREE of all whole pages. Where free pages are reported to a
# hypervisor, those of a process that ends may count as used for minutes; these do not.
sub give_back {
    for (@memory) {
        my $at = unpack 'J', pack 'p', $_;
        my $from = $at + 4095 & ~4095;
        my $length = $at + length($_) - $from & ~4095;
        syscall($amd64 ? 28 : 233, $from, $length, 8) == 0 or die "madvise: $!\n";
    }
}

# Starts workers, which end with this process; each eats at a byte that grow_workers sends.
my ($grow, $grown);
sub workers {
    my ($count, $mib) = @_;
    pipe(my $in, $grow);
    pipe($grown, my $out);
    pipe(my $life, my $alive);
    for (1 .. $count) {
        next if fork;
        close $grow;
        close $alive;
        $0 = 'worker';
        eat(1);
        if (sysread $in, my $byte, 1) { eat($mib); syswrite $out, 1 }
        sysread $life, my $end, 1;
        kill 9, $$;
    }
    push @memory, $alive;    # stays open as long as this process lives
}

sub grow_workers {
    my ($count) = @_;
    syswrite $grow, 1 x $count;
    sysread $grown, my $byte, 1 for 1 .. $count;
}

sub fill {
    my ($path, $mib) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    my $block = 'x' x (1 << 20);
    syswrite $file, $block for 1 .. $mib;
}

sub make_files {
    my ($folder, $count) = @_;
    for (1 .. $count) { open my $file, '>', "$folder/$_" or die "$folder/$_: $!\n" }
}

# A read in each 2 MiB takes a page of page tables and no other memory:
# mmap(0, SIZE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
sub page_tables {
    my ($pages) = @_;
    my $at = syscall $amd64 ? 9 : 222, 0, $pages << 21, 1, 0x4022, -1, 0;
    my $byte;
    $byte = unpack 'P1', pack 'J', $at + ($_ << 21) for 0 .. $pages - 1;
}

$| = 1;
$0 = shift;
print "ready\n";
while (my $command = <STDIN>) { eval $command; print $@ || "done\n" }
