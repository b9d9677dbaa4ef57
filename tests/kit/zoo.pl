#!/usr/bin/perl
# Starts awkward processes for the fidelity test, prints "NAME PID" for each of them (or
# "# NAME: why it is left out"), then "ready"; ends all of them when its stdin closes or a
# signal comes.
#
#   zoo.pl [COMMAND ARG...]    COMMAND: a program with many threads that reads its stdin
#
# Needs perl-base only. What perl has no function for is done by syscall(), with the numbers
# of amd64 and arm64; on other machines, and without root, some members are left out.
use strict;
use warnings;
use Config;
use Fcntl qw(F_SETFD O_NOCTTY O_RDWR);
use POSIX ();

my ($cpu) = $Config{archname} =~ /^(x86_64|aarch64)-linux-gnu-/;
my %number = !defined $cpu
  ? ()
  : $cpu eq 'x86_64'
  ? (brk => 12, clone => 56, ptrace => 101, setresuid => 117, mlock => 149, prctl => 157)
  : (clone => 220, ptrace => 117, setresuid => 147, brk => 214, mlock => 228, prctl => 167);
use constant {PR_SET_PDEATHSIG => 1, PR_SET_MM => 35, PR_SET_MM_MAP => 14, CLONE_VFORK => 0x4000};
use constant {TIOCSCTTY => 0x540E, TIOCSPTLCK => 0x40045431, TIOCGPTN => 0x80045430};
use constant LIFETIME => 3600;    # seconds; the last resort should nothing else end a member

my $report;      # a member's way to tell "NAME PID" of its own children, or why it failed
my @pids;        # children's children first: that is the order in which they are ended
my %settled;     # pid => the state it must have reached before "ready"
my @masters;     # of the pseudo-terminals, which live as long as somebody holds these

sub call {
    my ($name, @args) = @_;
    die "no syscall number of $name for this machine\n" if !defined $number{$name};
    my $result = syscall($number{$name}, @args);
    die "$name: $!\n" if $result == -1;
    return $result;
}

sub need_root { die "needs root\n" if $> != 0 }

# No member outlives this script, even if that is killed hard. (Set again after a change of
# the uid, which clears it.)
sub die_with_parent { eval { call('prctl', PR_SET_PDEATHSIG, 9, 0, 0, 0) } }

# fork, with a report pipe that ends once the child (and its children) called done() or exec()
sub start {
    my ($name, $state, $code) = @_;
    pipe(my $in, my $out) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $in;
        $report = $out;
        $SIG{$_} = 'DFL' for qw(TERM INT HUP);
        die_with_parent();
        alarm LIFETIME;
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        eval { $code->(); 1 } or syswrite $out, "! $@";
        POSIX::_exit(1);
    }
    close $out;
    my @lines = map { split /\n/ } do { local $/; <$in> // '' };
    if (my ($why) = map { /^! (.*)/ } @lines) {
        waitpid $pid, 0;
        print "# $name: $why\n";
        return;
    }
    unshift @pids, $pid;
    $settled{$pid} = $state;
    print "$name $pid\n";
    for (@lines) {
        my ($child, $its_pid) = split / /;
        unshift @pids, $its_pid;
        $settled{$its_pid} = 'S';
        print "$child $its_pid\n";
    }
}

sub done { close $report }

sub rest { sleep while 1 }

sub asleep {
    my ($name, $code) = @_;
    start($name, 'S', sub { $code->(); done(); rest() });
}

# A perl that sleeps, under any argv
sub run_as {
    my ($argv0, @args) = @_;
    exec {$^X} $argv0, '-e', 'sleep', @args;
    die "exec: $!\n";
}

sub arguments {
    my ($name, @args) = @_;
    start($name, 'S', sub { run_as('perl', @args) });
}

sub comm {
    open my $file, '>', '/proc/self/comm' or die "comm: $!\n";
    syswrite $file, $_[0];
}

sub zombie {
    my ($name, $comm) = @_;
    start($name, 'Z', sub { comm($comm) if defined $comm; POSIX::_exit(0) });
}

# Fields of /proc/self/stat, numbered as in proc(5)
sub own_stat {
    open my $file, '<', '/proc/self/stat' or die "stat: $!\n";
    my @fields = (0, 0, split / /, (split /.*\)/s, join '', <$file>)[1]);
    return @fields[@_];
}

# Makes the kernel believe that this process has no arguments at all
sub drop_arguments {
    my ($arguments) = own_stat(48);
    my $map = pack 'Q11 Q L2', own_stat(26, 27, 45, 46, 47), call('brk', 0), own_stat(28),
      $arguments, $arguments, own_stat(50, 51), 0, 0, 0xffffffff;
    call('prctl', PR_SET_MM, PR_SET_MM_MAP, $map, length $map, 0);
}

sub overwrite_arguments {
    my ($text) = @_;
    my ($from, $to) = own_stat(48, 49);
    open my $memory, '+<:raw', '/proc/self/mem' or die "mem: $!\n";
    sysseek $memory, $from, 0 or die "mem: $!\n";
    my $bytes = $text . "\0" x ($to - $from);
    syswrite $memory, substr($bytes, 0, $to - $from) or die "mem: $!\n";
}

sub become {
    my ($real, $effective) = @_;
    need_root();
    call('setresuid', $real, $effective, $effective);
    die_with_parent();
}

# A new pseudo-terminal: its number
sub pseudo_terminal {
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or die "ptmx: $!\n";
    my $number = pack 'i', 0;
    ioctl $master, TIOCSPTLCK, $number or die "TIOCSPTLCK: $!\n";
    ioctl $master, TIOCGPTN, $number or die "TIOCGPTN: $!\n";
    push @masters, $master;
    return unpack 'i', $number;
}

# A session on terminal $number: its leader, a foreground and a background process, and a
# background process whose stderr is elsewhere, so that only its tty number tells.
sub terminal_session {
    my ($name, $number) = @_;
    start(
        "$name-leader", 'S',
        sub {
            POSIX::setsid();
            sysopen my $tty, "/dev/pts/$number", O_RDWR | O_NOCTTY or die "pts/$number: $!\n";
            ioctl $tty, TIOCSCTTY, 0 or die "TIOCSCTTY: $!\n";
            $SIG{TTOU} = 'IGNORE';
            open STDERR, '>&', $tty;
            for my $child (qw(foreground background background-stderr-elsewhere)) {
                my $pid = fork // die "fork: $!\n";
                if (!$pid) {
                    die_with_parent();
                    alarm LIFETIME;
                    POSIX::setpgid(0, 0);
                    POSIX::tcsetpgrp(fileno $tty, $$) if $child eq 'foreground';
                    open STDERR, '>', '/dev/null' if $child =~ /elsewhere/;
                    syswrite $report, "$name-$child $$\n";
                    run_as($child);
                }
            }
            close $tty;
            done();
            rest();
        }
    );
}

sub end {
    kill 'KILL', $_ for @pids;    # none was waited for, so no pid can have been reused
    waitpid $_, 0 for @pids;
    exit 0;
}

# The states that ps will see are reached, and stay
sub settle {
    my $deadline = time + 120;    # a busy machine gives it 1.2 s of CPU late
    for my $pid (keys %settled) {
        while (1) {
            open my $file, '<', "/proc/$pid/stat" or die "process $pid is gone\n";
            my ($state) = join('', <$file>) =~ /.*\) (.)/s;
            last if $state =~ /$settled{$pid}/;
            die "process $pid is in state $state instead of $settled{$pid}\n" if time > $deadline;
            select undef, undef, undef, 0.02;
        }
    }
}

$| = 1;
$SIG{$_} = \&end for qw(TERM INT HUP);

# ---- scheduling, memory, threads, sessions, states

asleep('nice-plus-5', sub { POSIX::nice(5) or die "nice: $!\n" });
asleep('nice-minus-5', sub { POSIX::nice(-5) or die "nice: $!\n" });
asleep('locked-pages', sub { our $pages = 'x' x 65536; call('mlock', $pages, 65536) });
asleep('session-leader', sub { POSIX::setsid() });
start('busy', '[RS]', sub { POSIX::nice(19); done(); my $end = time + 20; 1 while time < $end; rest() });
start('zombie-after-work', 'Z', sub { done(); my $end = (times)[0] + 1.2; 1 while (times)[0] < $end; POSIX::_exit(0) });
start('stopped', 'T', sub { done(); kill 'STOP', $$; rest() });
start('traced', 't', sub { call('ptrace', 0, 0, 0, 0); done(); kill 'STOP', $$; rest() });
# In state D until its child ends: as after vfork(), but with memory of its own
start('uninterruptible', 'D', sub {
    die "no syscall numbers for this machine\n" if !defined $cpu;
    done();
    call('clone', CLONE_VFORK | 17, 0, 0, 0, 0) or die_with_parent();
    rest();
});
terminal_session('pty', pseudo_terminal());
my $number = 0;
while ($number < 256) { $number = pseudo_terminal() }    # beyond the minor's low byte
terminal_session('pty-beyond-255', $number);
if (@ARGV) {
    pipe my $in, my $out or die "pipe: $!";
    start('many-threads', 'S', sub { open STDIN, '<&', $in; exec @ARGV; die "exec: $!\n" });
    push @masters, $out;    # it reads until this closes
}

# ---- users

start('uid-without-name', 'S', sub {
    my $uid = 54321;
    $uid++ while defined getpwuid $uid;
    become($uid, $uid);
    run_as('nobody-knows-me');
});
start('uid-above-2^31', 'S', sub { become(4294967290, 4294967290); run_as('large-uid') });
start('long-user-name', 'S', sub {
    my ($uid) = map { $_->[1] } sort { $a->[0] cmp $b->[0] } grep { length $_->[0] > 8 } do {
        my @users;
        while (my ($user, undef, $id) = getpwent) { push @users, [$user, $id] }
        @users;
    };
    die "no such user here\n" if !defined $uid;
    become($uid, $uid);
    run_as('long-user');
});
asleep('real-not-effective-uid', sub {
    my ($real, $effective) = map { scalar getpwnam $_ } qw(nobody daemon);
    die "no users nobody and daemon here\n" if !defined $real || !defined $effective;
    become($real, $effective);
});
# After a change of the uid without exec, root owns the /proc folder: it tells nothing
asleep('uid-changed-late', sub { become(4294967291, 4294967291) });

# ---- the name (comm): shown of a zombie; in stat and status of all

zombie('zombie');
zombie('zombie-parentheses', ') R (x) 1 2 3');
zombie('zombie-newline', "a) b\n(c\t\e[31m");
zombie('zombie-blanks', '  a  b  ');
zombie('zombie-empty-name', '');
zombie('zombie-invalid-utf8', "a\xff\x80b\xc3(\xe2\x82");
zombie('zombie-cut-utf8', 'ü' x 8);    # 15 bytes: ends in the middle of a letter
zombie('zombie-wide', "\xe6\xbc\xa2\xe5\xad\x97\xc2\x85\xe2\x80\xae");
asleep('name-like-stat', sub { comm(') Z 1 1 1 34816') });
asleep('name-like-status', sub { comm("x\nVmRSS:\t9 kB\n") });
asleep('name-like-uid', sub { comm("\nUid:\t1\t1\t1\t1") });

# ---- the command line: how it ends, and how long it is

start('empty-argv0', 'S', sub { run_as('') });
start('empty-argv0-alone', 'S', sub {
    pipe my $in, my $out or die "pipe: $!\n";
    open STDIN, '<&', $in;
    fcntl $out, F_SETFD, 0;    # cat holds both ends, and waits
    exec {'/bin/cat'} '';
});
start('blank-argv0', 'S', sub { run_as('  two blanks before') });
arguments('empty-arguments', '', 'x', '', '', 'y', '', '');
arguments('blank-arguments', ' ', '  x  ', ' ');
arguments('newlines', "a\nb", "\n", "\n\n");
arguments('newline-at-end', "a\n");
asleep('overwritten-with-nuls', sub { overwrite_arguments('') });
asleep('overwritten-with-blanks', sub { overwrite_arguments('   ') });
asleep('overwritten-with-newlines', sub { overwrite_arguments("\n\n") });
asleep('overwritten-nul-first', sub { overwrite_arguments("\0\0x") });
asleep('no-command-line', sub {
    comm("(n\no) [c]\x80");
    drop_arguments();
});
asleep('setproctitle', sub { $0 = 'postgres: walwriter' });
asleep('setproctitle-long', sub { $0 = 'nginx: ' . 'worker process ' x 40 });
arguments('command-of-100-KB', 'x' x 50_000, 'y z ' x 12_500);
arguments('command-of-200-KB', map { $_ x 50_000 } qw(a b c d));
# The cut at 131,071 bytes: "perl", "-e", "sleep" take 14 of them, each argument its NUL
arguments("command-of-$_-bytes", 'p' x 100_000, 'q' x ($_ - 100_016)) for 131_070 .. 131_073;
arguments("cut-within-a-letter-$_", 'p' x (100_000 + $_), "\xf0\x9f\x98\x80" x 25_000) for 0 .. 3;
arguments('cut-at-empty-arguments', 'p' x 131_000, ('') x 200, 'q');
arguments('cut-at-newlines', 'p' x 131_000, "\n" x 200, 'q');
arguments('100-KB-of-bad-bytes', "\xff" x 50_000, "\x01" x 50_000);

# ---- the command line: what it consists of

arguments('control-characters', join('', map { chr } 1 .. 31, 127), "\t", "a\x01b", "x\x02");
arguments('escape-sequences', "\e[31mred\e[0m", "\e]0;title\a", "\e[2J\r", "\x9b31m", "\b\b");
arguments('c1-controls', map { "\xc2" . chr } 0x80 .. 0x9f);
arguments('latin1', map { "\xc2" . chr } 0xa0 .. 0xbf);
arguments('lone-continuation', "\x80", "\xbf\xbf", "a\x80b", "\xc3\xa9\xa9");
arguments('overlong', "\xc0\xaf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf");
arguments('surrogates', "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80", "\xed\x9f\xbf");
arguments('beyond-unicode', "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe\xff");
arguments('truncated', (map { ($_, "${_}a", "$_\xc3\xa9", "$_\xff") } "\xc3", "\xe2", "\xe2\x82", "\xf0", "\xf0\x9f", "\xf0\x9f\x98"), "\xf0\x9f\x98");
arguments('latin1-bytes', "Gr\xfc\xdfe", "\xe9", "\xff\x01\xc3\xa9");
arguments('wide', "\xe6\xbc\xa2\xe5\xad\x97", "\xed\x95\x9c", "\xef\xbc\xa1", "\xe3\x80\x80");
arguments('combining', "e\xcc\x81", "\xcc\x81", "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7", "\xe2\x80\x8d", "\xef\xb8\x8f");
arguments('emoji', "\xf0\x9f\x98\x80", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa");
arguments('private-use', "\xee\x80\x80", "\xef\xa3\xbf", "\xf3\xb0\x80\x80", "\xf4\x8f\xbf\xbd");
arguments('noncharacters', "\xef\xbf\xbe", "\xef\xbf\xbf", "\xef\xb7\x90", "\xf0\x9f\xbf\xbe", "\xf4\x8f\xbf\xbf");
arguments('unassigned', "\xcd\xb8", "\xf3\xa0\x82\x80", "\xf1\x80\x80\x80");
arguments('separators', "a\xe2\x80\xa8b", "a\xe2\x80\xa9b", "a\xc2\x85b", "a\xe2\x80\x8bb");
arguments('bidi', "\xe2\x80\xaeevil\xe2\x80\xac", "\xe2\x81\xa6x\xe2\x81\xa9", "\xe2\x80\x8f", "\xef\xbb\xbf");
arguments('tags', "\xf3\xa0\x80\x81", "\xf3\xa0\x81\xbf", "\xc2\xad");
arguments(
    'forged-record',
    "x\n\n2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 37.2 %, total RAM 83.1 %",
    "\nUSER         PID %CPU %MEM     VSZ    RSS TTY    STAT START  TIME COMMAND",
    "\nroot           1  0.0  0.1  102980  12144 ?      Ss   Nov20  0:03 /sbin/init",
    "\r# 1 processes, captured in 1 ms\n\n"
);

settle();
select undef, undef, undef, 0.2;
settle();
print "ready\n";
1 while sysread STDIN, my $ignored, 4096;
end();
