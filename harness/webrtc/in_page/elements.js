// What commands do with elements. An expression: called with the operation, how to find the element, and more.
// The answer is {found, value}; of the operation "element" the element itself.
(function (operation, strategy, selector, ...more) {
    const all = (() => {
        switch (strategy) {
            case 'xpath': {
                const found = document.evaluate(selector, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
                return Array.from({length: found.snapshotLength}, (_, i) => found.snapshotItem(i));
            }
            case 'id': return [...document.querySelectorAll(`[id=${JSON.stringify(selector)}]`)];
            case 'name': return [...document.getElementsByName(selector)];
            case 'class name': return [...document.getElementsByClassName(selector)];
            case 'tag name': return [...document.getElementsByTagName(selector)];
            case 'link text': return [...document.links].filter((a) => a.innerText.trim() === selector);
            case 'partial link text': return [...document.links].filter((a) => a.innerText.includes(selector));
            default: return [...document.querySelectorAll(selector)];
        }
    })().filter((node) => node.nodeType === Node.ELEMENT_NODE);
    const element = all[0];
    if (operation === 'count') return {found: true, value: all.length};
    if (!element) return operation === 'element' ? null : {found: false, value: null};

    const visible = () => {
        if (element.localName === 'option') return element.parentElement?.checkVisibility() ?? false;
        const box = element.getBoundingClientRect();
        const takesRoom = (box.width > 0 && box.height > 0) || [...element.children].some((child) => {
            const inner = child.getBoundingClientRect();
            return inner.width > 0 && inner.height > 0;
        });
        return takesRoom && element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    };
    const changed = () => {
        for (const type of ['input', 'change']) element.dispatchEvent(new Event(type, {bubbles: true}));
    };
    const operations = {
        element: () => element,
        present: () => true,
        visible,
        text: () => ('innerText' in element ? element.innerText : element.textContent).trim(),
        value: () => ('value' in element ? element.value : null),
        attribute: (name) => {
            // Like WebDriver: what a person sees in the element now, else what the document says.
            const property = {class: 'className', readonly: 'readOnly'}[name] ?? name;
            const now = element[property];
            if (typeof now === 'boolean') return now ? 'true' : null;
            if (['value', 'href', 'src', 'checked', 'selected'].includes(name) && now !== undefined) return String(now);
            return element.getAttribute(name);
        },
        property: (name) => element[name],
        css: (name) => getComputedStyle(element).getPropertyValue(name),
        tag: () => element.localName,
        enabled: () => !element.disabled,
        selected: () => Boolean(element.checked ?? element.selected),
        classes: () => [...element.classList],
        size: () => (({width, height}) => ({width, height}))(element.getBoundingClientRect()),
        location: () => (({x, y}) => ({x: x + scrollX, y: y + scrollY}))(element.getBoundingClientRect()),
        file: () => element.localName === 'input' && element.type === 'file',
        select: () => {
            // An option cannot be clicked in a closed list.
            if (element.localName !== 'option') return false;
            const list = element.closest('select');
            element.selected = list?.multiple ? !element.selected : true;
            for (const type of ['input', 'change']) list?.dispatchEvent(new Event(type, {bubbles: true}));
            return true;
        },
        focus: () => {
            element.scrollIntoView({block: 'center', inline: 'nearest'});
            element.focus();
            const text = element.value;
            if (typeof text === 'string' && 'selectionStart' in element)
                try {
                    element.setSelectionRange(text.length, text.length);
                } catch { /* numbers and dates have no caret */ }
            const active = element.getRootNode().activeElement;
            return active === element || element.contains(active);
        },
        clear: () => {
            if ('value' in element) {
                const prototype = Object.getPrototypeOf(element);
                // Past what frameworks put on the element, else they see no change.
                const setter = Object.getOwnPropertyDescriptor(prototype, 'value')?.set;
                if (setter) setter.call(element, '');
                else element.value = '';
            } else if (element.isContentEditable) {
                element.textContent = '';
            }
            changed();
            return true;
        },
        submit: () => {
            (element.form ?? element.closest('form'))?.requestSubmit();
            return true;
        },
    };
    const value = operations[operation](...more);
    return operation === 'element' ? value : {found: true, value: value === undefined ? null : value};
})
