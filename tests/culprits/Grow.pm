# Apache's mod_perl: each request leaves 4 MiB behind, until its process has as much as the query
# string says, in MiB. Answers with the PID and what that has.
package Grow;
use strict;
use warnings;
use Apache2::RequestIO  ();
use Apache2::RequestRec ();
use Apache2::Const -compile => 'OK';

my @leak;

sub handler {
    my $request = shift;
    if (4 * @leak < $request->args) {
        my $page = 'x';
        $page x= 4 << 20;
        push @leak, \$page;
    }
    select undef, undef, undef, 0.02; # so that the next request gets another process
    $request->print("$$ " . 4 * @leak);
    return Apache2::Const::OK;
}

1;
