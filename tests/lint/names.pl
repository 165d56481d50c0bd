#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: names.pl FILE...
# In documents and in comments of core/: every function that is named with its parentheses, and
# every file of ours that is named with its folder, exists. This finds what a rename forgets.
use strict;
use warnings;

my %known;
my %is_file = map { chomp; ($_ => 1) } `git ls-files --cached --others --exclude-standard`;
for my $path (grep { /\.[ch]$/ } keys %is_file) {
	open(my $in, '<', $path) or next;
	local $/;
	my $code = <$in>;
	$code =~ s{/\*.*?\*/|//[^\n]*}{}gs;
	$known{$_} = 1 for $code =~ /\b([a-z]\w*)\b/g;
}
my $function = qr/(?:nm|os|vale|nic|pipe|monitor|null|sync)_[a-z0-9_]*[a-z0-9]/;
my $file = qr{[a-z]+/[\w./-]+\.(?:c|h|sh|md|t|pl|py|cocci|\d)};
my $found = 0;
my %folder = map { m{^([^/]+)/} ? ($1 => 1) : () } keys %is_file;

for my $path (@ARGV) {
	open(my $in, '<', $path) or die "$path: $!\n";
	local $/;
	my $text = <$in>;
	if ($path =~ /\.[ch]$/) {
		# Keep the comments, and the ends of lines for their numbers.
		my $comments = '';
		while ($text =~ m{(/\*.*?\*/|//[^\n]*)|([^/]+|/)}gs) {
			my ($comment, $other) = ($1, $2 // '');
			$comments .= $comment // ("\n" x ($other =~ tr/\n//));
		}
		$text = $comments;
	}
	my $number = 0;
	for my $line (split(/\n/, $text, -1)) {
		$number++;
		while ($line =~ /\b($function)\(\)/g) {
			next if $known{$1};
			print "$path:$number: there is no $1()\n";
			$found = 1;
		}
		while ($line =~ m{(?<![\w./~@-])($file)\b}g) {
			my $name = $1;
			my ($top) = $name =~ m{^([^/]+)/};
			next if $name =~ /NAME|NN-/;	# stands for a name
			next if $is_file{$name} || !$folder{$top};
			next if $is_file{"core/$name"} || $is_file{"docs/$name"};
			print "$path:$number: there is no file $name\n";
			$found = 1;
		}
	}
}
exit $found;
