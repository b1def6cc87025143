package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Role;
import java.util.Map;
import java.util.Optional;

/** A contender that wants something of the JVM that it runs in. */
public interface Peer extends Contender {
    @Override
    default Role role() {
        return Role.PEER;
    }

    /** What the environment of its JVM should have. */
    default Map<String, String> environment() {
        return Map.of();
    }

    /** What the class path of its JVM should begin with. */
    default Optional<String> classPath() {
        return Optional.empty();
    }

    @Override
    default Optional<String> absence() {
        try {
            load();
            return Optional.empty();
        } catch (ExceptionInInitializerError failure) {
            return Optional.of(String.valueOf(failure.getCause()));
        } catch (Exception | LinkageError failure) {
            return Optional.of(failure.toString());
        }
    }

    /** Loads the library, or throws whatever there is to say against it. */
    void load() throws Exception;
}
