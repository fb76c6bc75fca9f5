// Fixtures wait for a cluster, processes, disks and databases most of the time, so several run beside each other, and more of them than there are processors.
// Those that change the environment of this process or measure what it uses run alone.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(6)]
