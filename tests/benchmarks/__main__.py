"""All benchmarks, one after the other."""

from tests.benchmarks import bench_accept, bench_announce, bench_reading, bench_whole_way

if __name__ == "__main__":
    bench_reading.main()
    bench_accept.main()
    bench_whole_way.main()
    bench_announce.main()
