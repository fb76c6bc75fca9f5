// Fixtures wait for processes, disks and databases most of the time, so several run beside each other, and more of them than there are processors.
// Those that measure, that call at a steady rate or that take a port of their own run alone.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
