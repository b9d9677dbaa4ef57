# Takes memory under a name of its own: eater.pl NAME KIB
use strict;
use warnings;

$0 = shift;
my $memory = 'x' x (shift() << 10);
sleep 600;
