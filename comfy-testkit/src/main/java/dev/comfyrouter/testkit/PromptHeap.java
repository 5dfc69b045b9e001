package dev.comfyrouter.testkit;

import java.util.ArrayList;
import java.util.List;

/// Pending prompts in the order of Python's `heapq`, whose array is what `/queue` shows.
///
/// Two prompts with equal number **and** id cannot be compared, as on a real server: the operation fails half
/// way, which leaves a pushed prompt in the heap and loses a popped one. Not thread-safe.
final class PromptHeap {

    /// Python's `TypeError: '<' not supported between instances of 'dict' and 'dict'`.
    static final class Incomparable extends RuntimeException {
        Incomparable(String promptId) {
            super("two pending prompts have the number and the id of " + promptId);
        }
    }

    private final List<PromptItem> heap = new ArrayList<>();

    boolean isEmpty() {
        return heap.isEmpty();
    }

    int size() {
        return heap.size();
    }

    List<PromptItem> inHeapOrder() {
        return List.copyOf(heap);
    }

    void push(PromptItem item) {
        heap.add(item);
        moveTowardsRoot(0, heap.size() - 1);
    }

    PromptItem pop() {
        PromptItem last = heap.removeLast();
        if (heap.isEmpty()) {
            return last;
        }
        PromptItem first = heap.getFirst();
        heap.set(0, last);
        moveTowardsLeaves(0);
        return first;
    }

    void clear() {
        heap.clear();
    }

    /// Removes the first prompt with this id; false when there is none.
    boolean remove(String promptId) {
        for (int i = 0; i < heap.size(); i++) {
            if (heap.get(i).id().equals(promptId)) {
                heap.remove(i);
                for (int parent = heap.size() / 2 - 1; parent >= 0; parent--) {
                    moveTowardsLeaves(parent);
                }
                return true;
            }
        }
        return false;
    }

    private void moveTowardsRoot(int start, int from) {
        int position = from;
        PromptItem item = heap.get(position);
        while (position > start) {
            int parent = (position - 1) / 2;
            if (!before(item, heap.get(parent))) {
                break;
            }
            heap.set(position, heap.get(parent));
            position = parent;
        }
        heap.set(position, item);
    }

    private void moveTowardsLeaves(int from) {
        int position = from;
        PromptItem item = heap.get(position);
        int child = 2 * position + 1;
        while (child < heap.size()) {
            int right = child + 1;
            if (right < heap.size() && !before(heap.get(child), heap.get(right))) {
                child = right;
            }
            heap.set(position, heap.get(child));
            position = child;
            child = 2 * position + 1;
        }
        heap.set(position, item);
        moveTowardsRoot(from, position);
    }

    private static boolean before(PromptItem a, PromptItem b) {
        int byNumber = Double.compare(a.priority(), b.priority());
        if (byNumber != 0) {
            return byNumber < 0;
        }
        int byId = a.id().compareTo(b.id());
        if (byId != 0) {
            return byId < 0;
        }
        if (!a.prompt().equals(b.prompt()) || !a.extraData().equals(b.extraData())) {
            throw new Incomparable(a.id());
        }
        return String.join(",", a.outputs()).compareTo(String.join(",", b.outputs())) < 0;
    }
}
