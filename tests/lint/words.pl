#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: words.pl FILE...
# Finds words that the house style does without in comments, messages and documents: tests/lint/words
# lists them, with what to write instead. tests/lint/words.except names what may stay: a path (shell
# pattern), a tab, a pattern that the line matches. An exception that excuses nothing is a fault too:
# the list only shrinks.
use strict;
use warnings;
use FindBin;

sub rows {
	my ($file) = @_;
	open(my $in, '<', "$FindBin::Bin/$file") or die "$file: $!\n";
	return map { chomp; [split(/\t/, $_, 2)] } grep { !/^#/ && /\t/ } <$in>;
}

sub path_pattern {
	my $pattern = quotemeta(shift);
	$pattern =~ s/\\\*/.*/g;
	return qr/^$pattern$/;
}

my @words = map { [qr/$_->[0]/i, $_->[1]] } rows('words');
my $any = join('|', map { "(?:$_->[0])" } @words);
$any = qr/$any/;
my @except = map {
	{ path => path_pattern($_->[0]), line => qr/$_->[1]/, text => "$_->[0]: $_->[1]" }
} rows('words.except');
my $found = 0;

sub is_excepted {
	my ($path, $line) = @_;
	for my $e (@except) {
		next unless $path =~ $e->{path} && $line =~ $e->{line};
		$e->{used} = 1;
		return 1;
	}
	return 0;
}

for my $path (@ARGV) {
	open(my $in, '<', $path) or die "$path: $!\n";
	while (my $line = <$in>) {
		next unless $line =~ $any;
		next if is_excepted($path, $line);
		for my $w (@words) {
			next unless $line =~ $w->[0];
			print "$path:$.: '$&': $w->[1]\n";
			$found = 1;
		}
	}
}
# Only a run over the whole tree can tell that an exception is not needed.
if (!$ENV{LINT_PART}) {
	for my $e (grep { !$_->{used} } @except) {
		print "tests/lint/words.except: excuses nothing: $e->{text}\n";
		$found = 1;
	}
}
exit $found;
