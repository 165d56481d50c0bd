#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: columns.pl FILE...
# Finds lines of more than 100 columns, tabs of 8. Rows of tables in Markdown, and lines that are a
# link, cannot be broken and are left out.
use strict;
use warnings;
use open qw(:std :utf8);
use Text::Tabs;

my $max = 100;
my $found = 0;

for my $path (@ARGV) {
	open(my $in, '<', $path) or die "$path: $!\n";
	while (my $line = <$in>) {
		chomp $line;
		next if length(expand($line)) <= $max;
		next if $path =~ /\.md$/ && $line =~ /^\|/;
		next if $line =~ m{^\W*https?://\S+$};
		print "$path:$.: ", length(expand($line)), " columns\n";
		$found = 1;
	}
}
exit $found;
