// Fixtures wait for processes, disks and databases most of the time, so several run beside each other, and more of them than there are processors.
// Those that measure, that call at a steady rate, that take a port of their own or that look at all that a shared server has on its disk run alone.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
