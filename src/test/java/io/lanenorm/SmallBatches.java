package io.lanenorm;

/** Batches for kernels that run slowly, as vector code does where it is not compiled. */
class SmallBatches extends Batches {
    SmallBatches() {
        super(600);
    }
}
