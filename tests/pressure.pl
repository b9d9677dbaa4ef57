#!/usr/bin/perl
#
# What tests/pressure_test.sh starts inside the virtual machine: processes that put memory under
# pressure, and one that watches what the monitor does. Needs perl-base only.
#
#   pressure.pl eat PERCENT [FROM]   take memory until use is there, and keep touching it; 101: take
#                                    all; with FROM not before use has come so far
#   pressure.pl read FOLDER          read the files below it, in a loop
#   pressure.pl watch PID LOG FILE   wait for the next record, and write into FILE what was seen
#
# `watch` locks itself into memory, so that it sees in time what happens; start it with
# a real-time priority. Times are those of /proc/uptime, in steps of 10 ms.

use strict;
use warnings;

use constant {
    PAGE      => 4096,
    BLOCK     => 1 << 20,
    THRESHOLD => 80,        # of the monitor, as shipped
    DURATION  => 15,
    PATIENCE  => 240,
    POLL      => 0.05,
    HALT      => 15,
};

sub text {
    my ($path) = @_;
    sysopen my $file, $path, 0 or return '';
    sysread $file, my $text, 65536;
    return $text // '';
}

sub uptime { return (split ' ', text('/proc/uptime'))[0] }

sub pause { return select undef, undef, undef, $_[0] }

# Memory use as the monitor understands it, and the bytes of one percent.
sub memory {
    my %kib = text('/proc/meminfo') =~ /^(\w+): +(\d+)/mg;
    return (100 * ($kib{MemTotal} - $kib{MemAvailable}) / $kib{MemTotal}, $kib{MemTotal} * 1024 / 100);
}

sub eat {
    my ($percent, $from) = @_;
    my (@blocks, $touched);
    pause(0.1) while (memory())[0] < ($from // 0);
    # First just below the threshold, so that it is not far from there
    my $halt_until = uptime() + (defined $from ? 0 : HALT);
    while (1) {
        my ($used, $one) = memory();
        my $wanted = uptime() < $halt_until ? THRESHOLD - 2 : $percent;
        my $missing = int(($wanted - $used) * $one / BLOCK / 2);    # rather short of it than beyond
        for (1 .. ($missing > 16 ? 16 : $missing)) {
            my $block = '';
            vec($block, BLOCK - 1, 8) = 0;
            push @blocks, $block;
        }
        for (1 .. (@blocks < 32 ? scalar @blocks : 32)) {
            $touched = 0 if ++$touched > $#blocks;
            for (my $at = 0 ; $at < BLOCK ; $at += PAGE) {
                substr($blocks[$touched], $at, 1) = 'x';
            }
        }
        pause(0.01) if $missing <= 0;
    }
}

sub files {
    my ($folder) = @_;
    my @files;
    opendir my $names, $folder or return;
    for my $name (readdir $names) {
        my $path = "$folder/$name";
        next if $name =~ /^\.\.?$/ || -l $path;
        push @files, -d _ ? files($path) : -f _ && -s _ > 65536 ? $path : ();
    }
    return @files;
}

sub read_files {
    my @files = files($_[0]);
    while (1) {
        for my $path (@files) {
            open my $file, '<', $path or next;
            1 while sysread $file, my $text, 65536;
        }
    }
}

# The number of times a task has gone to sleep by itself: the monitor's main thread does so after
# each sample.
sub sleeps { return text($_[0]) =~ /^voluntary_ctxt_switches:\s+(\d+)/m ? $1 : 0 }

sub major_faults {
    my ($pid) = @_;
    return (split ' ', text("/proc/$pid/stat") =~ s/.*\) //sr)[9];
}

sub oom_kills { return text('/proc/vmstat') =~ /^oom_kill (\d+)/m ? $1 : 0 }

sub size { return -s $_[0] // 0 }

# What has been added to a file since it had a size.
sub added {
    my ($path, $before) = @_;
    open my $file, '<', $path or return '';
    seek $file, $before, 0;
    read $file, my $text, 65536;
    return $text // '';
}

sub is_open {
    my ($pid, $path) = @_;
    return grep { (readlink // '') eq $path } glob "/proc/$pid/fd/*";
}

sub watch {
    my ($pid, $log, $out) = @_;
    my $machine = (split ' ', `uname -m`)[0];
    syscall($machine eq 'x86_64' ? 151 : 230, 3) == 0 or die "mlockall: $!\n";
    my (undef, $main) = sort { $a <=> $b } map { s/.*\///r } glob "/proc/$pid/task/*";
    my $status = "/proc/$pid/task/$main/status";
    my $before = size($log);
    my $faults = major_faults($pid);
    my $kills = oom_kills();
    my $sleeps = sleeps($status);
    open my $file, '>', "$out.part" or die "$out.part: $!\n";
    close $file;

    # A sample is taken when the thread wakes up; the first that is above begins the breach.
    my ($first, $written, @used);
    my $end = uptime() + PATIENCE;
    while (1) {
        my ($now, $sleeps_now) = (uptime(), sleeps($status));
        my ($used) = memory();
        die "no record came within ${\PATIENCE} s\n" if $now > $end;
        if ($sleeps_now != $sleeps) {
            $sleeps = $sleeps_now;
            $first = $used > THRESHOLD ? $first // $now : undef;
            @used = () if !defined $first;
        }
        push @used, $used if defined $first && $now > $first + DURATION - 5;
        if (size($log) > $before) {
            $written //= $now;
            if (!is_open($pid, $log)) {    # it closes the log after fsync
                last if added($log, $before) =~ /total CPU/;
                ($before, $written) = size($log);    # this was no record, but another line
            }
        }
        pause(POLL);
    }
    my $on_disk = uptime();
    # ps, at once and under the same pressure, into a file as well
    my $child = fork // die "fork: $!\n";
    if (!$child) {
        open STDOUT, '>', '/var/tmp/ps.out' or die "ps.out: $!\n";
        exec qw(ps aux) or die "ps: $!\n";
    }
    waitpid $child, 0;
    my $ps = uptime() - $on_disk;

    @used = sort { $a <=> $b } @used;
    my $due = $first + DURATION;
    my %seen = (
        delay     => sprintf('%.0f', 1000 * ($on_disk - $due)),
        written   => sprintf('%.0f', 1000 * ($written - $due)),
        ps        => sprintf('%.0f', 1000 * $ps),
        used_low  => $used[0],
        used_high => $used[-1],
        faults    => major_faults($pid) - $faults,
        kills     => oom_kills() - $kills,
        pressure  => text('/proc/pressure/memory') =~ /^full avg10=([\d.]+)/m ? $1 : '?',
    );
    $seen{$_} = sprintf '%.1f', $seen{$_} for grep { /^used/ } keys %seen;
    open $file, '>', "$out.part" or die "$out.part: $!\n";
    print {$file} "$_=$seen{$_}\n" for sort keys %seen;
    close $file;
    rename "$out.part", $out;
    return;
}

my $what = shift // '';
my %do = (eat => \&eat, read => \&read_files, watch => \&watch);
$do{$what} or die "usage: pressure.pl eat PERCENT [FROM] | read FOLDER | watch PID LOG FILE\n";
$do{$what}->(@ARGV);
