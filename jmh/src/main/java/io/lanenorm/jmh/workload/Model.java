package io.lanenorm.jmh.workload;

import java.util.List;

/**
 * A model and the batch that its first layer norm sees.
 *
 * @param name what the model is known as
 * @param shape the positions of the text and the features of each
 * @param epsilon the epsilon of the model's layer norms
 */
public record Model(String name, Shape shape, double epsilon) {
    /** The models of the tour. */
    public static final List<Model> KNOWN = List.of(
            new Model("small", new Shape(512, 64), 1e-5),
            // Twice: with a text so short that the batch fits the caches of a core, and with a longer one.
            new Model("GPT-2 small, short", new Shape(16, 768), 1e-5),
            new Model("GPT-2 small", new Shape(512, 768), 1e-5),
            new Model("odd", new Shape(512, 1001), 1e-5),
            new Model("BERT-large", new Shape(512, 1024), 1e-12),
            new Model("Llama-like", new Shape(256, 4096), 1e-5));
}
